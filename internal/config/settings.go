package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"samleng"
	"samleng/alerts/watch"
	"samleng/classifiers/duplicate"
	"samleng/classifiers/language"
	"samleng/classifiers/topic"
	"samleng/collectors"
	"samleng/collectors/fetch"
	"samleng/configs"
	"samleng/dashboards/web"
	"samleng/pipeline/kafka"
	"samleng/storage/clickhouse"
)

// Settings is samleng.yaml: every part is declared by the component it belongs to.
type Settings struct {
	Data        string `yaml:"data"`    // folder for logs, tables and cursors
	Listen      string `yaml:"listen"`  // address of the live page
	SourcesFile string `yaml:"sources"` // beside samleng.yaml; empty: the built-in list
	TopicsFile  string `yaml:"topics"`  // beside samleng.yaml; empty: the built-in list

	Page       web.Config        `yaml:"page"`
	Fetch      fetch.Config      `yaml:"fetch"`
	Collect    collectors.Config `yaml:"collect"`
	Kafka      kafka.Config      `yaml:"kafka"`
	ClickHouse clickhouse.Config `yaml:"clickhouse"`
	Embedded   Embedded          `yaml:"embedded"`
	Language   language.Config   `yaml:"language"`
	Stories    duplicate.Config  `yaml:"stories"`
	Alerts     watch.Config      `yaml:"alerts"`
	Privacy    Privacy           `yaml:"privacy"`
}

// Embedded is about the engines that run inside the program where no server is named.
type Embedded struct {
	ClickHouseListen string `yaml:"clickhouse_listen"` // loopback address of ClickHouse's HTTP protocol
	KafkaListen      string `yaml:"kafka_listen"`      // loopback address of the broker; port 0 for any
	Library          string `yaml:"library"`           // the engine library; empty: looked for
	MemoryMB         int    `yaml:"memory_mb"`         // what the engine may use in all
	LogMB            int    `yaml:"log_mb"`            // the largest size of the broker's log
	LogDays          int    `yaml:"log_days"`          // how long posts stay in the broker's log
}

// Privacy is what protects people; it has no switch that turns it off.
type Privacy struct {
	TextDays       int `yaml:"text_days"`       // after which the text of a post is deleted, its counts kept
	MinimumPosts   int `yaml:"minimum_posts"`   // of a group with private people's posts
	MinimumSources int `yaml:"minimum_sources"` // of a group with private people's posts
}

// Default gives the settings that hold where the file says nothing.
func Default() Settings {
	return Settings{
		Data:       "./data",
		Listen:     "127.0.0.1:8090",
		Page:       web.DefaultConfig(),
		Fetch:      fetch.DefaultConfig(),
		Collect:    collectors.DefaultConfig(),
		Kafka:      kafka.DefaultConfig(),
		ClickHouse: clickhouse.DefaultConfig(),
		Embedded:   Embedded{ClickHouseListen: "127.0.0.1:8123", KafkaListen: "127.0.0.1:0", MemoryMB: 2048, LogMB: 2048, LogDays: 7},
		Language:   language.DefaultConfig(),
		Stories:    duplicate.DefaultConfig(),
		Alerts:     watch.DefaultConfig(),
		Privacy:    Privacy{TextDays: 90, MinimumPosts: 5, MinimumSources: 3},
	}
}

// Validate reports faults of the settings that no component owns.
func (s *Settings) Validate() error {
	var faults []error
	if s.Data == "" {
		faults = append(faults, samleng.Keyf("data", "is missing: name a folder"))
	}
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		faults = append(faults, samleng.Keyf("listen", "%q: want host:port", s.Listen))
	}
	return errors.Join(faults...)
}

// Validate reports every fault of the part.
func (e *Embedded) Validate() error {
	var faults []error
	for key, address := range map[string]string{"clickhouse_listen": e.ClickHouseListen, "kafka_listen": e.KafkaListen} {
		host, _, err := net.SplitHostPort(address)
		switch ip := net.ParseIP(host); {
		case err != nil:
			faults = append(faults, samleng.Keyf(key, "%q: want host:port", address))
		case host != "localhost" && (ip == nil || !ip.IsLoopback()):
			faults = append(faults, samleng.Keyf(key, "%q: the embedded engines have no passwords and listen on this machine only, as in 127.0.0.1:8123", address))
		}
	}
	if e.MemoryMB < 512 {
		faults = append(faults, samleng.Keyf("memory_mb", "%d: the engine needs at least 512", e.MemoryMB))
	}
	if e.LogMB < 64 || e.LogMB > 2048 {
		faults = append(faults, samleng.Keyf("log_mb", "%d: want 64 to 2048, because the broker reads its whole log into memory", e.LogMB))
	}
	if e.LogDays < 1 {
		faults = append(faults, samleng.Keyf("log_days", "%d: must be at least 1", e.LogDays))
	}
	return errors.Join(faults...)
}

// Validate reports every fault of the part.
func (p *Privacy) Validate() error {
	var faults []error
	if p.TextDays < 1 {
		faults = append(faults, samleng.Keyf("text_days", "%d: must be at least 1", p.TextDays))
	}
	if p.MinimumPosts < 2 {
		faults = append(faults, samleng.Keyf("minimum_posts", "%d: a group of one is a person; must be at least 2", p.MinimumPosts))
	}
	if p.MinimumSources < 1 {
		faults = append(faults, samleng.Keyf("minimum_sources", "%d: must be at least 1", p.MinimumSources))
	}
	return errors.Join(faults...)
}

// Group is the minimum group as the rest of the program knows it.
func (p Privacy) Group() samleng.MinimumGroup {
	return samleng.MinimumGroup{Posts: p.MinimumPosts, Sources: p.MinimumSources}
}

// Load reads samleng.yaml, or gives the defaults when file is empty. The names of the lists
// of sources and topics in it are relative to its folder; other names are to the folder the
// program was started in.
func Load(file string) (Settings, error) {
	settings := Default()
	if file == "" {
		return settings, nil
	}
	if err := decodeFile(file, &settings); err != nil {
		return Settings{}, err
	}
	for _, name := range []*string{&settings.SourcesFile, &settings.TopicsFile, &settings.Alerts.Rules} {
		if *name != "" && !filepath.IsAbs(*name) {
			*name = filepath.Join(filepath.Dir(file), *name)
		}
	}
	return settings, nil
}

type sourceList struct {
	Sources []samleng.Source `yaml:"sources"`
}

// Validate reports ids that are used twice; each source checks the rest itself.
func (l *sourceList) Validate() error {
	var faults []error
	first := map[string]int{}
	for i, s := range l.Sources {
		if before, ok := first[s.ID]; ok {
			faults = append(faults, samleng.Keyf(fmt.Sprintf("sources[%d].id", i), "%q is used already, by sources[%d]", s.ID, before))
			continue
		}
		first[s.ID] = i
	}
	return errors.Join(faults...)
}

// Sources reads a list of sources, the built-in one when file is empty.
func Sources(file string) ([]samleng.Source, error) {
	var list sourceList
	if err := decodeOr(file, "built-in sources.yaml", configs.Sources(), &list); err != nil {
		return nil, err
	}
	return list.Sources, nil
}

type topicList struct {
	Topics []topic.Definition `yaml:"topics"`
}

// Validate reports every fault of the topics, with keys that start at the list.
func (l *topicList) Validate() error { return topic.Validate(l.Topics) }

// Topics reads a list of topics, the built-in one when file is empty.
func Topics(file string) ([]topic.Definition, error) {
	var list topicList
	if err := decodeOr(file, "built-in topics.yaml", configs.Topics(), &list); err != nil {
		return nil, err
	}
	return list.Topics, nil
}

// TopicLines is Topics, and gives what tells where a key of the list stands, as in
// "topics.yaml:12" for "topics[0].terms.km[3]".
func TopicLines(file string) (definitions []topic.Definition, where func(key string) string, err error) {
	name, body := "built-in topics.yaml", configs.Topics()
	if file != "" {
		name = file
		if body, err = readFile(file); err != nil {
			return nil, nil, err
		}
	}
	var list topicList
	d, err := decode(name, body, &list)
	if err != nil {
		return nil, nil, err
	}
	return list.Topics, func(key string) string { return Problem{File: d.file, Line: d.lineOf(key)}.where() }, nil
}

func decodeOr(file, builtInName string, builtIn []byte, into any) error {
	if file == "" {
		return Decode(builtInName, builtIn, into)
	}
	return decodeFile(file, into)
}

func decodeFile(file string, into any) error {
	body, err := readFile(file)
	if err != nil {
		return err
	}
	return Decode(file, body, into)
}

func readFile(file string) ([]byte, error) {
	body, err := os.ReadFile(file)
	if err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err
		}
		return nil, fmt.Errorf("read configuration %s: %w", file, err)
	}
	return body, nil
}
