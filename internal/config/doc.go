// Package config reads the configuration files: samleng.yaml, the list of sources and the
// list of topics. It is strict: an unknown key, a bad value and a fault that a component
// finds in its own part are all reported together, each with file, line and key.
//
// It does not own what the keys mean. Every component declares its own part, its defaults
// and its checks; this package lays the file over them.
package config
