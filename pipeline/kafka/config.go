package kafka

import (
	"errors"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	"samleng"
	"samleng/pipeline"
)

// Config says where Kafka is and how it is used.
type Config struct {
	// Brokers are host:port addresses to start from. Empty means the embedded broker: the
	// application fills in its address before anything here is made.
	Brokers   []string `yaml:"brokers"`
	Topic     string   `yaml:"topic"`
	DeadTopic string   `yaml:"dead_topic"`
	// Partitions and ReplicationFactor are used when a topic is created, and left alone
	// afterwards. A replication factor of -1 is the cluster's own default.
	Partitions        int    `yaml:"partitions"`
	ReplicationFactor int    `yaml:"replication_factor"`
	Group             string `yaml:"group"`

	// A range is closed at BatchPosts records, at BatchBytes of keys and values, or
	// BatchInterval after its first record, whichever comes first.
	BatchPosts    int           `yaml:"batch_posts"`
	BatchBytes    int           `yaml:"batch_bytes"`
	BatchInterval time.Duration `yaml:"batch_interval"`
	// SessionTimeout is how long a worker may be silent before its partitions go to
	// others. Brokers accept 6 s to 30 min by default.
	SessionTimeout time.Duration `yaml:"session_timeout"`
	// DrainTimeout bounds how long a running range may take to finish at shutdown. What is
	// cut off stays announced and is repeated after the next start.
	DrainTimeout time.Duration `yaml:"drain_timeout"`

	TLS  TLS  `yaml:"tls"`
	SASL SASL `yaml:"sasl"`
}

// TLS is the encryption of connections to Kafka.
type TLS struct {
	Enabled  bool   `yaml:"enabled"`
	CAFile   string `yaml:"ca_file"`   // PEM; empty: the system's authorities
	CertFile string `yaml:"cert_file"` // PEM, with KeyFile, where the broker asks for a certificate
	KeyFile  string `yaml:"key_file"`
	Insecure bool   `yaml:"insecure"` // accept any certificate
}

// SASL is how to log in to Kafka. An empty mechanism means no login.
type SASL struct {
	Mechanism    string         `yaml:"mechanism"` // one of Mechanisms
	Username     string         `yaml:"username"`
	Password     samleng.Secret `yaml:"password"`
	PasswordFile string         `yaml:"password_file"`
}

// The SASL mechanisms.
const (
	Plain       = "plain"
	ScramSHA256 = "scram-sha-256"
	ScramSHA512 = "scram-sha-512"
)

// Mechanisms lists the SASL mechanisms.
func Mechanisms() []string { return []string{Plain, ScramSHA256, ScramSHA512} }

// DefaultConfig gives the settings that apply where the configuration is silent.
func DefaultConfig() Config {
	return Config{
		Topic:             "posts",
		DeadTopic:         "posts.dead",
		Partitions:        4,
		ReplicationFactor: -1,
		Group:             "samleng-workers",
		BatchPosts:        5_000,
		BatchBytes:        16 << 20,
		BatchInterval:     time.Second,
		SessionTimeout:    10 * time.Second,
		DrainTimeout:      8 * time.Second,
	}
}

// topicName is what Kafka allows in the name of a topic.
var topicName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,249}$`)

// Validate reports every fault, each as a samleng.KeyError.
func (c *Config) Validate() error {
	var faults []error
	fault := func(bad bool, key, format string, args ...any) {
		if bad {
			faults = append(faults, samleng.Keyf(key, format, args...))
		}
	}
	for _, broker := range c.Brokers {
		host, port, err := net.SplitHostPort(broker)
		fault(err != nil || host == "" || port == "", "brokers", "%q is not host:port", broker)
	}
	fault(!topicName.MatchString(c.Topic), "topic", "%q is not a topic name: 1 to 249 letters, digits, '.', '_' or '-'", c.Topic)
	fault(!topicName.MatchString(c.DeadTopic), "dead_topic", "%q is not a topic name: 1 to 249 letters, digits, '.', '_' or '-'", c.DeadTopic)
	fault(c.Topic == c.DeadTopic, "dead_topic", "is the same as topic: a dead letter would be read as a post")
	fault(c.Partitions < 1 || c.Partitions > 1000, "partitions", "%d is not between 1 and 1000", c.Partitions)
	fault(c.ReplicationFactor != -1 && (c.ReplicationFactor < 1 || c.ReplicationFactor > 32767),
		"replication_factor", "%d is neither -1 (the cluster's default) nor a number of replicas", c.ReplicationFactor)
	fault(c.Group == "", "group", "is empty")
	fault(c.BatchPosts < 1 || c.BatchPosts > 100_000, "batch_posts", "%d is not between 1 and 100000", c.BatchPosts)
	fault(c.BatchBytes < pipeline.MaxMessage || c.BatchBytes > 256<<20,
		"batch_bytes", "%d is not between %d (one message) and 268435456", c.BatchBytes, pipeline.MaxMessage)
	fault(c.BatchInterval < time.Millisecond || c.BatchInterval > time.Minute,
		"batch_interval", "%s is not between 1ms and 1m", c.BatchInterval)
	fault(c.SessionTimeout < 6*time.Second || c.SessionTimeout > 30*time.Minute,
		"session_timeout", "%s is not between 6s and 30m", c.SessionTimeout)
	fault(c.DrainTimeout < 0 || c.DrainTimeout > time.Minute, "drain_timeout", "%s is not between 0 and 1m", c.DrainTimeout)

	fault((c.TLS.CertFile == "") != (c.TLS.KeyFile == ""), "tls", "cert_file and key_file belong together: set both or neither")
	fault(!c.TLS.Enabled && (c.TLS.CAFile != "" || c.TLS.CertFile != "" || c.TLS.Insecure),
		"tls.enabled", "is false although other keys of tls are set")

	if c.SASL.Mechanism == "" {
		fault(c.SASL.Username != "", "sasl.mechanism", "is missing: one of %s", strings.Join(Mechanisms(), ", "))
		return errors.Join(faults...)
	}
	fault(!slices.Contains(Mechanisms(), c.SASL.Mechanism), "sasl.mechanism",
		"%q is none of %s", c.SASL.Mechanism, strings.Join(Mechanisms(), ", "))
	fault(c.SASL.Username == "", "sasl.username", "is empty")
	fault(c.SASL.Password == "" && c.SASL.PasswordFile == "", "sasl.password", "is missing: set it or password_file")
	fault(c.SASL.Password != "" && c.SASL.PasswordFile != "", "sasl.password_file", "is set beside password: keep one")
	return errors.Join(faults...)
}
