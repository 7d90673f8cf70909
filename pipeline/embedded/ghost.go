package embedded

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// silence is how long a member of a group may go unheard before it is taken for a ghost.
// Clients send a heartbeat every third of their session, which is 45 s by default.
const silence = time.Minute

// exorcise removes ghosts from consumer groups until ctx ends. A worker that is killed while
// it waits to join is kept by kfake as a member that never times out, and the partitions it
// was given are read by nobody until the group changes again.
func (b *Broker) exorcise(ctx context.Context) {
	patience := silence
	if b.o.minSession > 0 {
		patience = 2 * b.o.minSession
	}
	for ctx.Err() == nil {
		var watches sync.WaitGroup
		for _, topic := range b.o.Topics {
			if topic.Group == "" {
				continue
			}
			watches.Go(func() {
				if err := b.watch(ctx, topic.Group, patience); err != nil && ctx.Err() == nil {
					b.logger.Warn("a silent member could not be removed", "group", topic.Group, "error", err)
				}
			})
		}
		pause(ctx, patience)
		watches.Wait()
	}
}

// pause waits and reports whether it waited to the end.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// watch listens to the group for a while and removes the members that said nothing. A group
// of one needs no watching: whoever joins it next makes it anew.
func (b *Broker) watch(ctx context.Context, group string, patience time.Duration) error {
	before := b.stable(group)
	if before == nil {
		return nil
	}
	heard, full := b.listen(ctx, group, patience)
	after := b.stable(group)
	if !full || after == nil || after.Epoch != before.Epoch {
		return nil
	}
	for _, member := range after.Members {
		if heard[member.MemberID] {
			continue
		}
		request := kmsg.NewPtrLeaveGroupRequest()
		request.Group, request.MemberID = group, member.MemberID
		leaving := kmsg.NewLeaveGroupRequestMember()
		leaving.MemberID = member.MemberID
		request.Members = append(request.Members, leaving)
		answer, err := request.RequestWith(ctx, b.client)
		if err == nil {
			err = kerr.ErrorForCode(answer.ErrorCode)
		}
		if err != nil {
			return fmt.Errorf("remove %s: %w", member.MemberID, err)
		}
		b.logger.Warn("a silent member was removed from its group", "group", group, "member", member.MemberID)
	}
	return nil
}

// stable gives the group where it has at least two members and is at rest.
func (b *Broker) stable(group string) *kfake.GroupInfo {
	info := b.cluster.GroupInfo(group)
	if info == nil || info.State != "Stable" || len(info.Members) < 2 {
		return nil
	}
	return info
}

// listen notes which members send a heartbeat, and reports whether it listened to the end.
func (b *Broker) listen(ctx context.Context, group string, patience time.Duration) (heard map[string]bool, full bool) {
	var mu sync.Mutex
	heard = make(map[string]bool)
	over := false
	b.cluster.ControlKey(int16(kmsg.Heartbeat), func(request kmsg.Request) (kmsg.Response, error, bool) {
		mu.Lock()
		defer mu.Unlock()
		if over {
			b.cluster.DropControl()
			return nil, nil, false
		}
		if beat, ok := request.(*kmsg.HeartbeatRequest); ok && beat.Group == group {
			heard[beat.MemberID] = true
		}
		return nil, nil, false
	})
	full = pause(ctx, patience)
	mu.Lock()
	defer mu.Unlock()
	over = true
	return heard, full
}
