package importer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxLine is the longest line or record, in bytes: twenty times the longest text of a post.
const maxLine = 4 << 20

// errLongLine is given for a line beyond maxLine, which is skipped.
var errLongLine = errors.New("the line is longer than 4 MB")

// lines reads lines and counts them.
type lines struct {
	in   *bufio.Reader
	line int      // of the line that was read last
	back [][]byte // lines that were put back, the next one last
}

// next gives the next line with its ending. The line is the caller's.
func (l *lines) next() ([]byte, error) {
	if n := len(l.back); n > 0 {
		text := l.back[n-1]
		l.back = l.back[:n-1]
		l.line++
		return text, nil
	}
	var text []byte
	long := false
	for {
		part, err := l.in.ReadSlice('\n')
		if len(text)+len(part) > maxLine {
			long, text = true, nil
		}
		if !long {
			text = append(text, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return nil, err
		case err != nil && len(text) == 0 && !long:
			return nil, io.EOF
		}
		l.line++
		if long {
			return nil, errLongLine
		}
		return text, nil
	}
}

// unread puts lines back, in the order in which they were read.
func (l *lines) unread(texts [][]byte) {
	for i := len(texts) - 1; i >= 0; i-- {
		l.back = append(l.back, texts[i])
	}
	l.line -= len(texts)
}

func blank(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 }
