package samleng

import (
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
	DeliverAlert DeliveryForm = "alert" // an Alert as JSON, rendered when it is sent
	DeliverCard  DeliveryForm = "card"  // an alerts.Card as JSON, such as a digest
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
	Content []byte // JSON; empty once the delivery is done, because it holds texts of posts
	// Version counts the changes of the row; the highest holds.
	Version uint64
}

// Open reports whether the delivery is still to be made.
func (d *Delivery) Open() bool { return d.State == DeliveryQueued || d.State == DeliverySending }
