package fetch

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// refusal is the error of an address that must not be connected to.
type refusal struct {
	addr netip.Addr
	what string // "a loopback address", ...
}

func (e *refusal) Error() string {
	return fmt.Sprintf("%s is %s", e.addr, e.what)
}

// network is a range of addresses and its name.
type network struct {
	prefix netip.Prefix
	what   string
}

// unroutable lists what is refused even to a source marked local: nothing there can be a
// publisher's server. 169.254.0.0/16 holds the metadata services of cloud providers, which
// hand out credentials; fd00:ec2::254 and 100.100.100.200 are two that live elsewhere.
func unroutable() []network {
	return []network{
		{netip.MustParsePrefix("0.0.0.0/8"), "no address of a server"},
		{netip.MustParsePrefix("169.254.0.0/16"), "a link-local address"},
		{netip.MustParsePrefix("100.100.100.200/32"), "a metadata service"},
		{netip.MustParsePrefix("224.0.0.0/4"), "a multicast address"},
		{netip.MustParsePrefix("240.0.0.0/4"), "a reserved address"},
		{netip.MustParsePrefix("::/128"), "no address of a server"},
		{netip.MustParsePrefix("fe80::/10"), "a link-local address"},
		{netip.MustParsePrefix("fec0::/10"), "a link-local address"},
		{netip.MustParsePrefix("fd00:ec2::254/128"), "a metadata service"},
		{netip.MustParsePrefix("ff00::/8"), "a multicast address"},
	}
}

// private lists what is refused unless the source is marked local: the special-purpose
// registries of IANA (RFC 6890).
func private() []network {
	return []network{
		{netip.MustParsePrefix("127.0.0.0/8"), "a loopback address"},
		{netip.MustParsePrefix("10.0.0.0/8"), "a private address"},
		{netip.MustParsePrefix("172.16.0.0/12"), "a private address"},
		{netip.MustParsePrefix("192.168.0.0/16"), "a private address"},
		{netip.MustParsePrefix("100.64.0.0/10"), "a private address of a provider"},
		{netip.MustParsePrefix("192.0.0.0/24"), "a reserved address"},
		{netip.MustParsePrefix("192.0.2.0/24"), "an address for examples"},
		{netip.MustParsePrefix("198.18.0.0/15"), "an address for benchmarks"},
		{netip.MustParsePrefix("198.51.100.0/24"), "an address for examples"},
		{netip.MustParsePrefix("203.0.113.0/24"), "an address for examples"},
		{netip.MustParsePrefix("::1/128"), "a loopback address"},
		{netip.MustParsePrefix("fc00::/7"), "a private address"},
		{netip.MustParsePrefix("100::/64"), "a discarded address"},
		{netip.MustParsePrefix("64:ff9b:1::/48"), "a private address"},
		{netip.MustParsePrefix("2001:db8::/32"), "an address for examples"},
	}
}

// embedded gives the IPv4 address that an IPv6 address stands for: mapped (::ffff:a.b.c.d),
// compatible (::a.b.c.d), NAT64 (64:ff9b::/96), 6to4 (2002::/16) and Teredo (2001::/32, inverted).
// Each is a way to name a private IPv4 address in disguise.
func embedded(a netip.Addr) (netip.Addr, bool) {
	if !a.Is6() {
		return a, false
	}
	b := a.As16()
	at := func(i int) netip.Addr { return netip.AddrFrom4([4]byte(b[i : i+4])) }
	zero := func(from, to int) bool {
		for _, x := range b[from:to] {
			if x != 0 {
				return false
			}
		}
		return true
	}
	switch {
	case a.Is4In6():
		return a.Unmap(), true
	case zero(0, 12) && (!zero(12, 15) || b[15] > 1): // :: and ::1 are themselves
		return at(12), true
	case b[0] == 0x00 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b && zero(4, 12):
		return at(12), true
	case b[0] == 0x20 && b[1] == 0x02:
		return at(2), true
	case b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0:
		return netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]}), true
	}
	return a, false
}

// refuseIn gives a guard that refuses the addresses in the given networks.
func refuseIn(lists ...[]network) func(netip.Addr) error {
	return func(addr netip.Addr) error {
		real := addr.WithZone("")
		if v4, ok := embedded(real); ok {
			real = v4
		}
		for _, list := range lists {
			for _, n := range list {
				if n.prefix.Contains(real) {
					return &refusal{addr: addr, what: n.what}
				}
			}
		}
		return nil
	}
}

// newTransport makes a transport that asks guard about every address it is about to connect
// to. The question is put when the socket is made, after the name was looked up, so that a
// name cannot resolve to something else in between.
func newTransport(o Options, guard func(netip.Addr) error) *http.Transport {
	dialer := net.Dialer{
		Timeout:  min(o.Config.Timeout, 15*time.Second),
		Resolver: o.Resolver,
		Control: func(_, address string, _ syscall.RawConn) error {
			ap, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("address %q: %w", address, err)
			}
			return guard(ap.Addr())
		},
	}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        o.TLS.Clone(),
		TLSHandshakeTimeout:    min(o.Config.Timeout, 15*time.Second),
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // decompressed in body.go, with a limit
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        60 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
	}
}
