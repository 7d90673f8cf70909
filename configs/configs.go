// Package configs owns the configuration that ships with the program: the sources, the
// topics, the rules of alerts and the commented example of samleng.yaml, embedded so that a single binary works
// anywhere. It does not read or check them: that is internal/config.
package configs

import _ "embed"

//go:embed sources.yaml
var sources []byte

//go:embed topics.yaml
var topics []byte

//go:embed alerts.yaml
var alerts []byte

//go:embed samleng.yaml
var example []byte

// Sources is the YAML of the sources that are read unless samleng.yaml names another file.
func Sources() []byte { return sources }

// Topics is the YAML of the topics that are used unless samleng.yaml names another file.
func Topics() []byte { return topics }

// Alerts is the YAML of the rules and channels of alerts that are used unless samleng.yaml names
// another file.
func Alerts() []byte { return alerts }

// Example is samleng.yaml with every key, its default and what it means.
func Example() []byte { return example }
