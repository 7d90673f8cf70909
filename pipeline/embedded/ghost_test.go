package embedded

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// person is a member of the group "workers", by hand.
type person struct {
	client *kgo.Client
	id     string
	epoch  int32
}

func (p *person) join(ctx context.Context) error {
	for {
		request := kmsg.NewPtrJoinGroupRequest()
		request.Group, request.MemberID, request.ProtocolType = "workers", p.id, "consumer"
		request.SessionTimeoutMillis, request.RebalanceTimeoutMillis = 60_000, 60_000
		protocol := kmsg.NewJoinGroupRequestProtocol()
		protocol.Name = "range"
		request.Protocols = append(request.Protocols, protocol)
		answer, err := request.RequestWith(ctx, p.client)
		if err != nil {
			return err
		}
		p.id, p.epoch = answer.MemberID, answer.Generation
		if answer.ErrorCode != kerr.MemberIDRequired.Code {
			return kerr.ErrorForCode(answer.ErrorCode)
		}
	}
}

func (p *person) sync(ctx context.Context) error {
	request := kmsg.NewPtrSyncGroupRequest()
	request.Group, request.MemberID, request.Generation = "workers", p.id, p.epoch
	answer, err := request.RequestWith(ctx, p.client)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(answer.ErrorCode)
}

func (p *person) beat(ctx context.Context) error {
	request := kmsg.NewPtrHeartbeatRequest()
	request.Group, request.MemberID, request.Generation = "workers", p.id, p.epoch
	answer, err := request.RequestWith(ctx, p.client)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(answer.ErrorCode)
}

// TestGhostIsRemoved makes a ghost: a member whose connection breaks while its join waits
// for the others. kfake keeps it for ever.
func TestGhostIsRemoved(t *testing.T) {
	t.Parallel()
	o := testOptions(t)
	o.minSession = 100 * time.Millisecond
	b := mustStart(t, o)
	newPerson := func() *person {
		c, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return &person{client: c}
	}
	living, ghost := newPerson(), newPerson()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(living.join(ctx))
	must(living.sync(ctx))
	go func() { _ = ghost.join(ctx) }()
	for b.cluster.GroupInfo("workers").State != "PreparingRebalance" {
		time.Sleep(time.Millisecond)
	}
	ghost.client.Close()
	must(living.join(ctx))
	must(living.sync(ctx))
	if n := len(b.cluster.GroupInfo("workers").Members); n != 2 {
		t.Fatalf("%d members: the ghost was not made, so this test shows nothing", n)
	}
	for {
		err := living.beat(ctx)
		if err == nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if !errors.Is(err, kerr.RebalanceInProgress) {
			t.Fatal(err)
		}
		break
	}
	must(living.join(ctx))
	must(living.sync(ctx))
	if n := len(b.cluster.GroupInfo("workers").Members); n != 1 {
		t.Errorf("%d members, want the living one", n)
	}
}
