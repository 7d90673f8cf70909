// Package embedded is the Kafka of a single machine: franz-go's kfake in this process, with
// its log on disk, reached over loopback TCP by the same client code as a real cluster.
//
// It owns what kfake does not do by itself: it keeps one record in every partition so that
// offsets are never used twice, runs its own retention, bounds the size of the log, checks
// at start that committed offsets lie within the log, and removes dead members from
// consumer groups where kfake forgets to. It does not
// own reading or writing posts (pipeline/kafka) and offers no replication, no encryption
// and no login: it listens on loopback addresses only.
//
// Killing the process loses nothing that was acknowledged. A power cut may lose what the
// operating system had not yet written out; Options.Sync trades speed for that.
package embedded
