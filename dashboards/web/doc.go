// Package web is the live page of samleng: the HTTP handler for "/", its JSON API, its
// stream of events, and the static files of the browser side, all embedded.
//
// It owns what is shown and how, and the rule that a small group of private people's
// posts is not shown (see [samleng.MinimumGroup]). It does not own any question to the
// database (see [Store]), the state of the process (see [Status]), listening on a port,
// or the dashboards of Grafana.
//
// # API
//
// Everything is JSON, and GET but for what changes something. Times are RFC 3339 in UTC. An answer carries as_of, the time
// at which it was true. Parameters that choose posts:
//
//	period    1h, 6h, 24h (the default), 7d, 14d or 30d, ending now
//	from, to  instead of period: RFC 3339, or 2006-01-02 or 2006-01-02T15:04 in Phnom Penh;
//	          a to without a time means the end of that day
//	topic     the id of a topic
//	language  an ISO 639-1 code, or mixed, other, none
//	kind      news, government, social or survey
//
// By a name that is not in [Config].Hosts, and no number or localhost, everything is 403.
//
// Both ends of a period are moved outward to multiples of [samleng.Bucket].
//
//	/api/v1/overview  volume, totals, topics, languages and source kinds: overviewJSON
//	/api/v1/posts     the posts chosen, newest first, one of each story: postsJSON; also
//	                  limit (1..100, default 20) and cursor (the next of the answer before)
//	/api/v1/sources   every source and the posts it gave in the period: sourcesJSON
//	/api/v1/topics    names of topics, kinds and the minimum group: topicsJSON
//	/api/v1/status    what the process is doing: statusJSON
//	/api/v1/events    server-sent events, see below
//
// Where corrections are taken ([Options].Corrections),
//
//	POST   /api/v1/corrections       {"post", "task", "was", "should_be"}: 201 with the same and an
//	                                 id. The task is language, sentiment or topic; a topic that
//	                                 is missing has an empty was, a wrong one an empty should_be
//	DELETE /api/v1/corrections/{id}  takes one back: 204
//
// store what a reader says of a label, for training; the figures stay those of the classifiers.
// They take application/json of at most 1 kB from this page alone (403 for another origin), a bounded number a minute (429), about a post that
// is stored (404). Nothing about the sender is stored or logged.
//
// Where the page has alerts ([Options].Alerting),
//
//	/alerts                    the page of alerts
//	/api/v1/alerts             episodes, rules, silences and what is watched: alertsJSON; period (30d
//	                           when not given) or from and to, topic, rule, and held=1 for what was
//	                           held back before it was told
//	/api/v1/alerts/{episode}   one episode with its alerts, chart and silences: detailJSON
//
// and where it takes them, from this page alone as corrections are,
//
//	POST   /api/v1/alerts/{episode}/verdicts  {"verdict"}: useful, false or known: 204. As by the links
//	                              in cards, nothing of who said it is kept
//	POST   /api/v1/silences       {"rule", "topic", "keyword", "place", "kind", "language", "until",
//	                              "reason"}: 201 with the silence
//	DELETE /api/v1/silences/{id}  ends one: 204
//	GET    /api/v1/rules          alerts.yaml as text, without channels: rulesJSON
//	PUT    /api/v1/rules          {"text", "version"}: saves it, and the rules are in force. The version
//	                              is that of the text it was made of: 409 where the file has another one
//	                              by now; 422 and "faults" where the text has any; 500 where it
//	                              cannot be written. Whatever goes wrong, nothing is
//	POST   /api/v1/rules/read     {"text", "change"}: what a text of rules says, after a rule was
//	                              changed in it: RuleText
//	POST   /api/v1/rules/try      {"text", "days"}: lines of JSON, {"progress": 0..1} and at last
//	                              {"trial": Trial} or {"error": ...}; one at a time (409), at most
//	                              five minutes, and no longer than the reader stays
//
// A fault of the caller is status 400, a store that does not answer 503, both with
//
//	{"error": {"code": "bad-parameter"|"store", "parameter": "period", "message": "..."}}
//
// # Events
//
// The event "posts" says that posts were stored, or alerts decided: ask again. It comes at most once a second
// however many were stored. The event "status" carries a statusJSON, first on connecting
// and then whenever it changed. The event "beat" comes every 15 seconds, so that a client
// can tell a quiet stream from a dead one. No event carries a post, so that a client which
// was away missed nothing: it asks again after every connection.
package web
