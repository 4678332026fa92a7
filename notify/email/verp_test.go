package email

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"daymark/notify"
)

var verpKey = []byte("0123456789abcdef0123456789abcdef")

// Whatever a delivery is called, its return path names it within 64 octets, for
// each address that the configuration takes; and no other address does.
func TestReturnPathsNameEachDelivery(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		local := rapid.StringMatching(`[a-z][a-z0-9-]{0,13}`).Draw(t, "local")
		id := rapid.OneOf(
			rapid.StringMatching(`[0-9a-z-]{1,120}`),
			rapid.StringMatching(`maintenance-[0-9a-z]{18}-(announced|begun|done)-[0-9a-z]{18}`),
			rapid.StringMatching(`channel-email-[0-9]{13}-[A-Za-z_.]{1,40}`),
			rapid.StringN(1, 100, 200),
		).Draw(t, "id")
		path, err := newReturnPath(local+"@harbour.example", verpKey)
		if err != nil {
			t.Fatal(err)
		}
		arrivals, err := Arrivals(local+"@harbour.example", verpKey)
		if err != nil {
			t.Fatal(err)
		}
		for want, address := range map[string]string{cameBack: path.of(id), arrives: arrivals(id)} {
			if at := strings.LastIndexByte(address, '@'); at > 64 || strings.Contains(address[:at], "@") {
				t.Fatalf("%d octets stand before the @ of %s", at, address)
			}
			for _, form := range []string{address, strings.ToUpper(address), "<" + address + ">"} {
				name, what, ours := path.read(form)
				if !ours || name != notify.BounceName(id) || what != want {
					t.Fatalf("%s is of %q (%q), ours: %v", form, name, what, ours)
				}
			}
			at := len(local) + 1 + rapid.IntRange(0, len(address)-len(local)-len("@harbour.example")-2).Draw(t, "at")
			forged := address[:at] + rapid.StringMatching(`[0-9a-z_.=-]`).Draw(t, "by") + address[at+1:]
			if name, _, ours := path.read(forged); ours && forged != address {
				t.Fatalf("%s, made of %s, is taken for %q", forged, address, name)
			}
		}
		other, err := newReturnPath(local+"@harbour.example", []byte("another key of sixteen bytes"))
		if err != nil {
			t.Fatal(err)
		}
		if name, _, ours := path.read(other.of(id)); ours {
			t.Fatalf("another's %s is taken for %q", other.of(id), name)
		}
	})
}

// What comes back of messages that were sent when an id of 33 to 40 characters
// stood there as it is, is still theirs.
func TestReturnPathsOfBeforeStand(t *testing.T) {
	path, err := newReturnPath("bounce@harbour.example", verpKey)
	if err != nil {
		t.Fatal(err)
	}
	const id = "consent-mhwz4k1q0c2f9a7b31-mhwz4k1q-12"
	if name, what, ours := path.read(path.address(cameBack, id)); name != id || what != cameBack || !ours {
		t.Errorf("it is of %q, ours: %v", name, ours)
	}
}

// To arrive is not to come back: neither signature is good for the other.
func TestReturnPathsAreNoArrivals(t *testing.T) {
	path, err := newReturnPath("bounce@harbour.example", verpKey)
	if err != nil {
		t.Fatal(err)
	}
	back := path.of("u1-s1")
	if name, _, ours := path.read(strings.Replace(back, cameBack, arrives, 1)); ours || !strings.Contains(back, "u1-s1.") {
		t.Errorf("a return path is taken for the arrival of %q", name)
	}
}
