// Package digest sums up a day or a week for people who do not watch the page, and hands what it
// wrote to the channels at the hour that they chose.
//
// It owns the entries under digests of configs/alerts.yaml, what a digest holds, and when one is
// due. It counts nothing itself (Store), writes no card (Renderer) and sends nothing: the outbox
// does, by a name that is the same for ever for a digest and the day on which it is due. So each is
// sent once, however often the program is started. One that was missed while the program was down
// is sent late, once, within Latest; after that it is left out, and the log says so.
package digest
