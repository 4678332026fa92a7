package targets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/miekg/dns"
)

// Names is a DNS server on loopback, over UDP and TCP at one port.
type Names struct {
	// Address is where it listens, 127.0.0.1:port.
	Address string

	packets net.PacketConn
	streams net.Listener
	all     sync.WaitGroup
	mu      sync.Mutex
	asked   []string // "udp" or "tcp", and the question
}

// DNS starts a server that answers each question with the bytes that script
// gives, as they are; nil is silence, over TCP the connection is closed.
func DNS(script func(network string, question *dns.Msg) []byte) (*Names, error) {
	packets, streams, err := onePort()
	if err != nil {
		return nil, err
	}
	n := &Names{Address: packets.LocalAddr().String(), packets: packets, streams: streams}
	answer := func(network string, data []byte) []byte {
		question := new(dns.Msg)
		if err := question.Unpack(data); err != nil || len(question.Question) != 1 {
			return nil
		}
		n.mu.Lock()
		n.asked = append(n.asked, fmt.Sprintf("%s %s %s", network, question.Question[0].Name, dns.TypeToString[question.Question[0].Qtype]))
		n.mu.Unlock()
		return script(network, question)
	}
	n.all.Go(func() { n.servePackets(answer) })
	n.all.Go(func() { n.serveStreams(answer) })
	return n, nil
}

// onePort listens by UDP and TCP at the same port; another process may have
// taken the second, and then there is another try.
func onePort() (net.PacketConn, net.Listener, error) {
	var failed error
	for range 20 {
		packets, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, fmt.Errorf("listen on loopback: %w", err)
		}
		streams, err := net.Listen("tcp", packets.LocalAddr().String())
		if err == nil {
			return packets, streams, nil
		}
		failed = errors.Join(err, packets.Close())
	}
	return nil, nil, fmt.Errorf("listen on loopback: %w", failed)
}

func (n *Names) servePackets(answer func(string, []byte) []byte) {
	buffer := make([]byte, dns.MaxMsgSize)
	for {
		size, from, err := n.packets.ReadFrom(buffer)
		if err != nil {
			return
		}
		if said := answer("udp", buffer[:size]); said != nil {
			if _, err := n.packets.WriteTo(said, from); err != nil {
				return
			}
		}
	}
}

func (n *Names) serveStreams(answer func(string, []byte) []byte) {
	for {
		conn, err := n.streams.Accept()
		if err != nil {
			return
		}
		serveStream(conn, answer)
		conn.Close()
	}
}

// serveStream answers one question.
func serveStream(conn net.Conn, answer func(string, []byte) []byte) {
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return
	}
	data := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, data); err != nil {
		return
	}
	if said := answer("tcp", data); said != nil {
		_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(said))), said...)) // the asker may be gone
	}
}

// Asked gives the questions so far: "udp shop.example. A".
func (n *Names) Asked() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.asked...)
}

// Close ends the server.
func (n *Names) Close() error {
	err := errors.Join(n.packets.Close(), n.streams.Close())
	n.all.Wait()
	return err
}
