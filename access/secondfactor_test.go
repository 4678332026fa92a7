package access_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/access"
)

// TestCodes holds the codes of RFC 6238, appendix B, cut to six digits.
func TestCodes(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // 12345678901234567890
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"} {
		now := time.Unix(at, 0)
		step, right := access.CheckCode(secret, code, 0, now)
		if !right || step != at/30 {
			t.Errorf("%s at %d: step %d, right %t", code, at, step, right)
		}
		for _, off := range []time.Duration{-30 * time.Second, 30 * time.Second} {
			if step, right := access.CheckCode(secret, code[:3]+" "+code[3:], 0, now.Add(off)); !right || step != at/30 {
				t.Errorf("%s is not taken by a clock that is %v off", code, off)
			}
		}
		if _, right := access.CheckCode(secret, code, 0, now.Add(90*time.Second)); right {
			t.Errorf("%s is taken long after", code)
		}
		if _, right := access.CheckCode(secret, code, step, now); right {
			t.Errorf("%s is taken twice", code)
		}
		if _, right := access.CheckCode("", code, 0, now); right {
			t.Errorf("%s is taken where there is no second factor", code)
		}
	}
}

func TestANewSecondFactorIsReadByACamera(t *testing.T) {
	secret, err := access.NewSecondFactor("Corner: Shop & Co", "ana")
	if err != nil || len(secret) < 32 {
		t.Fatalf("%q %v", secret, err)
	}
	if got, want := access.FactorAddress("Corner: Shop & Co", "ana", "ABC"), "otpauth://totp/Corner%20%20Shop%20&%20Co:ana?issuer=Corner%20%20Shop%20%26%20Co&secret=ABC"; got != want {
		t.Errorf("%s; want %s", got, want)
	}
}

func TestRecoveryCodesAreGoodOnce(t *testing.T) {
	codes, hashes := access.NewRecoveryCodes()
	if len(codes) != 10 || len(hashes) != 10 {
		t.Fatal(codes, hashes)
	}
	rapid.Check(t, func(t *rapid.T) {
		left := hashes
		used := map[int]bool{}
		for range rapid.IntRange(1, 15).Draw(t, "uses") {
			i := rapid.IntRange(0, 9).Draw(t, "code")
			typed := codes[i]
			if rapid.Bool().Draw(t, "sloppy") {
				typed = strings.ToUpper(strings.ReplaceAll(typed, "-", " "))
			}
			rest, right := access.UseRecoveryCode(left, typed)
			if right == used[i] || right && len(rest) != len(left)-1 || !right && len(rest) != len(left) {
				t.Fatalf("code %d, used before %t: right %t", i, used[i], right)
			}
			left, used[i] = rest, true
		}
		if _, right := access.UseRecoveryCode(left, "aaaaa-bbbbb-ccccc"); right {
			t.Fatal("a made-up code is right")
		}
	})
}

func TestTheSealOpensForWhoseItIs(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	seal, err := access.NewSeal(key)
	if err != nil {
		t.Fatal(err)
	}
	sealed := seal.Close("ana", "secret")
	if got, err := seal.Open("ana", sealed); err != nil || got != "secret" {
		t.Error(got, err)
	}
	other, err := access.NewSeal([]byte("0123456789abcdef0123456789abcdeF"))
	if err != nil {
		t.Fatal(err)
	}
	_, whose := seal.Open("ben", sealed)
	_, key2 := other.Open("ana", sealed)
	_, cut := seal.Open("ana", sealed[:len(sealed)-1])
	_, none := seal.Open("ana", nil)
	for _, err := range []error{whose, key2, cut, none} {
		if err == nil {
			t.Error("it opens for others")
		}
	}
	if !seal.Signed("text", seal.Sign("text")) || seal.Signed("text", other.Sign("text")) || seal.Signed("texts", seal.Sign("text")) || seal.Signed("text", "") {
		t.Error("a signature is of another text or key")
	}
	if _, err := access.NewSeal(key[1:]); err == nil {
		t.Error("a short key is taken")
	}
}
