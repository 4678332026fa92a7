// Lets the other scripts speak the page's language where the browser does not
// know it, from what the page says of it: Chromium, for one, knows no Welsh.
// It runs before them, on pages in such a language alone.

{
  const lang = document.documentElement.lang;
  const words = JSON.parse(document.body.dataset.words);
  const { DateTimeFormat, NumberFormat, RelativeTimeFormat } = Intl;
  const amount = (n, unit) => words[unit].replace("{n}", n);

  // names translates the names of months or weekdays among a date's parts.
  function names(part, style) {
    if (style !== "long" && style !== "short") return new Map();
    const english = new DateTimeFormat("en-GB", { [part]: style, timeZone: "UTC" });
    // 2023 began on a Sunday, as the lists of weekdays do.
    return new Map((words[`${part}-${style}`] || []).map((word, i) => [english.format(part === "month" ? Date.UTC(2023, i, 1) : Date.UTC(2023, 0, 1 + i)), word]));
  }

  class Dates {
    constructor(options = {}) {
      this.format = (at) => this.#write(this.#english.formatToParts(at)); // as the real one, it can be passed on
      this.#english = new DateTimeFormat("en-GB", options);
      this.#names = { month: names("month", options.month), weekday: names("weekday", options.weekday) };
    }
    #english;
    #names;
    #write(parts) {
      return parts.map((part) => this.#names[part.type]?.get(part.value) ?? part.value).join("");
    }
    formatRange(from, to) {
      return this.#write(this.#english.formatRangeToParts(from, to));
    }
    resolvedOptions() {
      return this.#english.resolvedOptions();
    }
  }

  if (DateTimeFormat.supportedLocalesOf(lang).length === 0) {
    Intl.DateTimeFormat = function (tag, options) {
      return tag === lang ? new Dates(options) : new DateTimeFormat(tag, options);
    };
  }
  if (NumberFormat.supportedLocalesOf(lang).length === 0) {
    Intl.NumberFormat = function (tag, options) {
      return tag === lang && options?.style === "unit" ? { format: (n) => amount(n, options.unit) } : new NumberFormat(tag, options);
    };
  }
  if (RelativeTimeFormat.supportedLocalesOf(lang).length === 0) {
    Intl.RelativeTimeFormat = function (tag, options) {
      const format = (n, unit) => words[n > 0 ? "in" : "ago"].replace("{time}", amount(Math.abs(n), unit));
      return tag === lang ? { format } : new RelativeTimeFormat(tag, options);
    };
  }
}
