// Package configs owns the configuration that ships with the program: the sources, the
// topics and the rules of alerts, embedded so that a single binary works anywhere. Beside them lies
// samleng.yaml, the commented example, which no program reads. It does not read or check them: that is
// internal/config.
package configs

import _ "embed"

//go:embed sources.yaml
var sources []byte

//go:embed topics.yaml
var topics []byte

//go:embed alerts.yaml
var alerts []byte

// Sources is the YAML of the sources that are read unless samleng.yaml names another file.
func Sources() []byte { return sources }

// Topics is the YAML of the topics that are used unless samleng.yaml names another file.
func Topics() []byte { return topics }

// Alerts is the YAML of the rules and channels of alerts that are used unless samleng.yaml names
// another file.
func Alerts() []byte { return alerts }
