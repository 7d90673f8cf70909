package samleng

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// DeliveryKey names one alert on its way to one channel.
type DeliveryKey struct {
	Episode string // of the alert; any text without a slash for what is not an alert
	Number  int    // of the alert within its episode, from 1
	Channel string // id in configs/alerts.yaml
}

// String gives "episode/number/channel".
func (k DeliveryKey) String() string {
	return k.Episode + "/" + strconv.Itoa(k.Number) + "/" + k.Channel
}

// DeliveryState is how far a delivery is.
type DeliveryState string

// The states. A delivery is queued, then sending, and then sent, failed, or queued again.
const (
	DeliveryQueued  DeliveryState = "queued"
	DeliverySending DeliveryState = "sending" // claimed: after a crash it is not known whether it went out
	DeliverySent    DeliveryState = "sent"
	DeliveryFailed  DeliveryState = "failed" // given up, for the reason in Reason
)

// DeliveryForm is what the content of a delivery is.
type DeliveryForm string

// The forms.
const (
	DeliverAlert  DeliveryForm = "alert"  // an Alert as JSON, rendered when it is sent
	DeliverDigest DeliveryForm = "digest" // a Digest as JSON, likewise
	DeliverCard   DeliveryForm = "card"   // an alerts.Card as JSON, of which nothing can be left out
)

// Delivery is a row of the outbox.
type Delivery struct {
	DeliveryKey
	State  DeliveryState
	Queued time.Time // when it was handed over, UTC
	Due    time.Time // from when on it may be sent, UTC: the end of the quiet hours
	Next   time.Time // earliest time of the next attempt, UTC
	// Attempts is how many were begun.
	Attempts int
	// Unsure is how many attempts ended without it being known whether the message went out.
	// The next attempt is then marked as a repeat.
	Unsure  int
	Done    time.Time // when it was sent or given up, UTC; zero before
	Receipt string    // what the channel knows the message by; empty where it cannot be changed
	Reason  string    // the last error, in one sentence
	Form    DeliveryForm
	// Content is JSON. It is empty once the delivery is done, because it holds texts of posts, and
	// where a card showed a post that was taken down.
	Content []byte
	// Version counts the changes of the row; the highest holds.
	Version uint64
}

// ErrDeliveryTaken says that another process has changed a delivery since it was read.
var ErrDeliveryTaken = errors.New("another process has the delivery")

// Open reports whether the delivery is still to be made.
func (d *Delivery) Open() bool { return d.State == DeliveryQueued || d.State == DeliverySending }

// shown is what a content holds of posts: the examples of an alert, the stories of a digest, or
// what a card says of itself.
type shown struct {
	Examples []struct {
		ID PostID `json:"id"`
	} `json:"examples"`
	Emerging []struct {
		Post PostID `json:"post"`
	} `json:"emerging"`
	Posts []PostID `json:"posts"`
}

// Shows gives the posts whose texts the content holds. It is none of a content that is empty.
func (d *Delivery) Shows() ([]PostID, error) {
	if len(d.Content) == 0 {
		return nil, nil
	}
	var s shown
	if err := json.Unmarshal(d.Content, &s); err != nil {
		return nil, fmt.Errorf("read what %s shows: %w", d, err)
	}
	posts := []PostID{}
	switch d.Form {
	case DeliverCard:
		return s.Posts, nil
	case DeliverDigest:
		for i := range s.Emerging {
			posts = append(posts, s.Emerging[i].Post)
		}
	case DeliverAlert:
		for i := range s.Examples {
			posts = append(posts, s.Examples[i].ID)
		}
	}
	return posts, nil
}

// Without gives the content without some posts, and without their ids. It is empty where there is
// no saying it without them: a card that shows one was written beforehand.
func (d *Delivery) Without(gone []PostID) ([]byte, error) {
	shows, err := d.Shows()
	if err != nil {
		return nil, err
	}
	isGone := func(id PostID) bool { return slices.Contains(gone, id) }
	switch {
	case d.Form == DeliverDigest && len(d.Content) > 0:
		return d.digestWithout(isGone)
	case !slices.ContainsFunc(shows, isGone):
		return d.Content, nil
	case d.Form == DeliverCard:
		return nil, nil
	}
	var a Alert
	if err := json.Unmarshal(d.Content, &a); err != nil {
		return nil, fmt.Errorf("read alert %s: %w", d, err)
	}
	a.Examples = slices.DeleteFunc(a.Examples, func(e Example) bool { return isGone(e.ID) })
	content, err := json.Marshal(&a)
	if err != nil {
		return nil, fmt.Errorf("write alert %s: %w", d, err)
	}
	return content, nil
}

// digestWithout leaves out the stories that are told in the words of a post that is gone. One that
// such a post began, and that others tell, loses its name, which no reader sees.
func (d *Delivery) digestWithout(isGone func(PostID) bool) ([]byte, error) {
	var digest Digest
	if err := json.Unmarshal(d.Content, &digest); err != nil {
		return nil, fmt.Errorf("read digest %s: %w", d, err)
	}
	named := func(s EmergingStory) bool { return isGone(s.Post) || isGone(s.Story) }
	if !slices.ContainsFunc(digest.Emerging, named) {
		return d.Content, nil
	}
	digest.Emerging = slices.DeleteFunc(digest.Emerging, func(s EmergingStory) bool { return isGone(s.Post) })
	for i := range digest.Emerging {
		if isGone(digest.Emerging[i].Story) {
			digest.Emerging[i].Story = PostID{}
		}
	}
	content, err := json.Marshal(&digest)
	if err != nil {
		return nil, fmt.Errorf("write digest %s: %w", d, err)
	}
	return content, nil
}
