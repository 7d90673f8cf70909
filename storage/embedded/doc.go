// Package embedded serves the real ClickHouse engine, loaded as a library (libchdb), on
// loopback over ClickHouse's HTTP protocol, so that clickhouse-go, curl and Grafana talk to it
// as they talk to a server.
//
// It owns finding and loading the library, the connections to it and the translation between
// HTTP and its C interface. It does not own any table, query or schema: that is
// storage/clickhouse, which reaches it through the driver like any other server.
//
// A process can hold one store open at a time, because the library keeps its state in the
// process. Tests share one Server per test binary and use a database each.
//
// # What is different from a server
//
// There are no users: whoever reaches the port may read and write the store, as with any file
// of the same user. So the listener takes loopback addresses only, requests with a foreign Host
// (DNS rebinding) or any Origin (a web page) are refused, and statements that reach out of the
// store are refused before they run: table functions and engines that read files, addresses or
// programs, INTO OUTFILE, BACKUP, ATTACH and the like (see guard). Sessions, and with them
// temporary tables, and external tables are not there. Credentials are ignored.
package embedded
