package embedded

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kfake"
)

// brokerLog passes kfake's log on. Its information is our debugging: it speaks of single
// requests.
type brokerLog struct{ to *slog.Logger }

// Logf is kfake.Logger.
func (l brokerLog) Logf(level kfake.LogLevel, format string, args ...any) {
	to := slog.LevelDebug
	switch level {
	case kfake.LogLevelError:
		to = slog.LevelError
	case kfake.LogLevelWarn:
		to = slog.LevelWarn
	case kfake.LogLevelNone, kfake.LogLevelInfo, kfake.LogLevelDebug:
	}
	if l.to.Enabled(context.Background(), to) {
		l.to.Log(context.Background(), to, "kfake: "+fmt.Sprintf(format, args...))
	}
}
