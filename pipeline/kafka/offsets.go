package kafka

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	kafkago "github.com/segmentio/kafka-go"
)

// position is what the group has committed for a partition.
type position struct {
	offset    int64 // where to continue; -1: nothing was ever committed
	announced int64 // end of the range that was being worked on; 0: none
}

// announcement is the committed metadata that says "the range up to here is on its way".
const announcement = "next="

func (p position) metadata() string {
	if p.announced == 0 {
		return ""
	}
	return announcement + strconv.FormatInt(p.announced, 10)
}

// parsePosition reads a commit. Metadata of another origin counts as no announcement.
func parsePosition(offset int64, metadata string) position {
	p := position{offset: offset}
	if digits, ok := strings.CutPrefix(metadata, announcement); ok && offset >= 0 {
		if end, err := strconv.ParseInt(digits, 10, 64); err == nil && end > offset {
			p.announced = end
		}
	}
	return p
}

// member is the right to commit for a partition, as long as the generation lasts.
type member struct {
	client     *kafkago.Client
	group      string
	generation int
	id         string
	topic      string
	partition  int
}

// committed asks for the group's position. A group that never committed has none, and the
// broker then leaves the partition out of its answer.
func (m *member) committed(ctx context.Context) (position, error) {
	answer, err := m.client.OffsetFetch(ctx, &kafkago.OffsetFetchRequest{
		GroupID: m.group, Topics: map[string][]int{m.topic: {m.partition}},
	})
	if err != nil {
		return position{}, classify(err)
	}
	if answer.Error != nil {
		return position{}, classify(fmt.Errorf("fetch the committed offset: %w", answer.Error))
	}
	for _, p := range answer.Topics[m.topic] {
		if p.Partition != m.partition {
			continue
		}
		if p.Error != nil {
			return position{}, classify(fmt.Errorf("fetch the committed offset: %w", p.Error))
		}
		return parsePosition(p.CommittedOffset, p.Metadata), nil
	}
	return position{offset: -1}, nil
}

// commit moves the group's position. See fenced for the errors that mean "no longer yours".
func (m *member) commit(ctx context.Context, p position) error {
	answer, err := m.client.OffsetCommit(ctx, &kafkago.OffsetCommitRequest{
		GroupID: m.group, GenerationID: m.generation, MemberID: m.id,
		Topics: map[string][]kafkago.OffsetCommit{
			m.topic: {{Partition: m.partition, Offset: p.offset, Metadata: p.metadata()}},
		},
	})
	if err != nil {
		return classify(err)
	}
	for _, done := range answer.Topics[m.topic] {
		if done.Partition == m.partition {
			if done.Error != nil {
				return classify(fmt.Errorf("commit offset %d: %w", p.offset, done.Error))
			}
			return nil
		}
	}
	return classify(fmt.Errorf("commit offset %d: the broker's answer leaves partition %d out", p.offset, m.partition))
}
