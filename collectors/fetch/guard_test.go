package fetch

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"samleng"
)

func TestGuards(t *testing.T) {
	t.Parallel()
	public, local := refuseIn(unroutable(), private()), refuseIn(unroutable())
	cases := []struct {
		addr          string
		public, local bool // allowed
	}{
		{"93.184.216.34", true, true},
		{"8.8.8.8", true, true},
		{"2606:2800:220:1:248:1893:25c8:1946", true, true},
		{"100.63.255.255", true, true},
		{"100.128.0.0", true, true},
		{"172.15.255.255", true, true},
		{"172.32.0.1", true, true},
		{"127.0.0.1", false, true},
		{"127.255.255.254", false, true},
		{"10.1.2.3", false, true},
		{"172.31.255.255", false, true},
		{"192.168.0.1", false, true},
		{"100.64.0.1", false, true},
		{"198.18.0.1", false, true},
		{"::1", false, true},
		{"fd12:3456::1", false, true},
		{"::ffff:10.0.0.1", false, true},
		{"::127.0.0.1", false, true},
		{"64:ff9b::10.0.0.1", false, true},
		{"64:ff9b:1::1", false, true},
		{"2002:7f00:1::", false, true},
		{"2001:0:1:2:3:4:80ff:fffe", false, true}, // Teredo of 127.0.0.1
		{"::ffff:93.184.216.34", true, true},
		{"64:ff9b::93.184.216.34", true, true},
		{"0.0.0.0", false, false},
		{"::", false, false},
		{"::5", false, false},
		{"169.254.169.254", false, false},
		{"::ffff:169.254.169.254", false, false},
		{"fd00:ec2::254", false, false},
		{"100.100.100.200", false, false},
		{"fe80::1%eth0", false, false},
		{"224.0.0.251", false, false},
		{"ff02::1", false, false},
		{"255.255.255.255", false, false},
	}
	for _, c := range cases {
		addr := netip.MustParseAddr(c.addr)
		if err := public(addr); (err == nil) != c.public {
			t.Errorf("public source, %s: %v", c.addr, err)
		}
		if err := local(addr); (err == nil) != c.local {
			t.Errorf("local source, %s: %v", c.addr, err)
		}
	}
}

// nameServer answers every question on loopback with the addresses that next gives, or with
// "no such name".
func nameServer(t *testing.T, next func() []netip.Addr) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-done })
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var q dnsmessage.Message
			if q.Unpack(buf[:n]) != nil || len(q.Questions) != 1 {
				continue
			}
			a := dnsmessage.Message{Header: dnsmessage.Header{ID: q.ID, Response: true}, Questions: q.Questions}
			addrs := next()
			if len(addrs) == 0 {
				a.RCode = dnsmessage.RCodeNameError
			}
			for _, ip := range addrs {
				if q.Questions[0].Type == dnsmessage.TypeA && ip.Is4() {
					a.Answers = append(a.Answers, dnsmessage.Resource{
						Header: dnsmessage.ResourceHeader{Name: q.Questions[0].Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
						Body:   &dnsmessage.AResource{A: ip.As4()},
					})
				}
			}
			if packed, err := a.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}
}

// A public name that resolves to this machine reaches nothing, at its first lookup and when
// it changes its mind later.
func TestNameThatLeadsInside(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var reached atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			reached.Store(true)
			_ = conn.Close()
		}
	}()
	defer func() { _ = listener.Close(); <-done }()

	c, err := New(Options{
		Config:   DefaultConfig(),
		Resolver: nameServer(t, func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1")} }),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	_, err = c.Get(t.Context(), Request{URL: "http://news.example.org:" + port + "/feed"})
	if samleng.ClassOf(err) != samleng.Permanent || !strings.Contains(err.Error(), "127.0.0.1 is a loopback address") {
		t.Errorf("got %v", err)
	}
	if reached.Load() {
		t.Error("the connection was made")
	}
}

func TestNameThatIsNone(t *testing.T) {
	t.Parallel()
	c, err := New(Options{Config: DefaultConfig(), Resolver: nameServer(t, func() []netip.Addr { return nil })})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Get(t.Context(), Request{URL: "https://nowhere.example.org/feed"})
	const want = "no address found for nowhere.example.org: is the name right, and is this machine online?"
	if samleng.ClassOf(err) != samleng.RetryAfter || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		paces := newPaces(Config{HostInterval: 2 * time.Second, HostBurst: 3})
		start := time.Now()
		var at []time.Duration
		for range 5 {
			if err := paces.of("a").wait(t.Context(), "a", time.Now()); err != nil {
				t.Fatal(err)
			}
			at = append(at, time.Since(start))
		}
		if at[2] != 0 || at[3] != 2*time.Second || at[4] != 4*time.Second {
			t.Errorf("requests at %v", at)
		}
		if err := paces.of("b").wait(t.Context(), "b", time.Now()); err != nil || time.Since(start) != at[4] {
			t.Error("another host had to wait")
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := paces.of("a").wait(ctx, "a", time.Now())
		if samleng.ClassOf(err) != samleng.RetryAfter || !strings.Contains(err.Error(), "one request every 2s") || time.Since(start) != at[4] {
			t.Errorf("a wait beyond the deadline: %v after %s", err, time.Since(start)-at[4])
		}

		paces.of("a").atMostEvery(10 * time.Second)
		paces.of("a").atMostEvery(time.Second) // slower stays
		time.Sleep(time.Minute)
		start = time.Now()
		for range 3 {
			_ = paces.of("a").wait(t.Context(), "a", time.Now())
		}
		if got := time.Since(start); got != 20*time.Second {
			t.Errorf("three requests with a crawl delay of 10s took %s", got)
		}
	})
}

func TestCrawlDelayReachesThePace(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]time.Duration{
		"Crawl-delay: 10": 10 * time.Second, "crawl-delay: 0.5": 2 * time.Second, "Crawl-delay: 86400": 30 * time.Second, "Crawl-delay: -1": 2 * time.Second,
		"Crawl-delay: soon": 2 * time.Second,
	} {
		p := newPaces(DefaultConfig()).of("a")
		p.atMostEvery(min(parseRobots([]byte("User-agent: *\n"+line)).CrawlDelay, DefaultConfig().MaxCrawlDelay))
		if got := every(p.limiter); got != want {
			t.Errorf("%s: one request every %s, want %s", line, got, want)
		}
	}
}

func TestRecentForgetsTheLongestUnused(t *testing.T) {
	t.Parallel()
	made := 0
	r := newRecent[string, int](2)
	get := func(key string) int { return r.get(key, func() int { made++; return made }) }
	if get("a") != 1 || get("b") != 2 || get("a") != 1 || get("c") != 3 || get("a") != 1 || get("b") != 4 || len(r.byKey) != 2 {
		t.Errorf("%d made, %d kept", made, len(r.byKey))
	}
}

func FuzzParseRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /a*b$\nCrawl-delay: 1e9\nAllow: %zz"), "/a")
	f.Add([]byte("user-agent: samleng\r\rallow:/\x00"), "/")
	f.Fuzz(func(_ *testing.T, text []byte, path string) { parseRobots(text).Test(path) })
}
