package expression

import (
	"errors"
	"fmt"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// Kind is what an expression has to yield.
type Kind int

// The kinds of expression.
const (
	// Condition yields true or false.
	Condition Kind = iota
	// Value yields anything: a value to save.
	Value
)

// Error is a fault in an expression, found when it is compiled.
type Error struct {
	Line    int    // from 1, in the expression
	Column  int    // from 1, in characters
	Message string // what is wrong and what would be right
}

// Error gives the message without the place, which the caller translates to
// the place in its own file.
func (e *Error) Error() string { return e.Message }

// Program is a compiled expression over facts of one type.
type Program struct {
	source string
	code   *vm.Program
	facts  []fact
}

// fact is a name or path that the expression reads, for the explanation.
type fact struct {
	path string
	code *vm.Program
}

// Compile compiles source over facts, a struct (its zero value will do) whose
// exported fields carry `expr:"name"` tags. A field tagged `words:"a,b"` can
// only be compared with those words. A fault is an *Error.
func Compile(source string, facts any, kind Kind) (*Program, error) {
	scan := &scan{words: wordsOf(facts)}
	options := append(language(facts), expr.Patch(scan))
	if kind == Condition {
		options = append(options, expr.AsBool())
	}
	code, err := expr.Compile(source, options...)
	if len(scan.faults) > 0 {
		return nil, scan.faults[0].place(source)
	}
	if err != nil {
		return nil, fault(err, facts)
	}
	program := &Program{source: source, code: code}
	for _, path := range scan.paths() {
		part, err := expr.Compile(path, append(language(facts), expr.AsAny())...)
		if err != nil {
			return nil, fmt.Errorf("compile the part %q of an expression: %w", path, err)
		}
		program.facts = append(program.facts, fact{path: path, code: part})
	}
	return program, nil
}

// language is expr-lang with our duration in place of its own.
func language(facts any) []expr.Option {
	return []expr.Option{
		expr.Env(facts),
		expr.DisableBuiltin("duration"),
		expr.DisableBuiltin("now"), // rules read no clock
		expr.Function("duration", func(params ...any) (any, error) {
			return ParseDuration(params[0].(string))
		}, new(func(string) time.Duration)),
	}
}

// String returns the source.
func (p *Program) String() string { return p.source }

// Eval works the expression out over facts of the type it was compiled for.
// The error says in a sentence why it could not be worked out.
func (p *Program) Eval(facts any) (any, error) {
	value, err := expr.Run(p.code, facts)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be worked out: %s", p.source, message(err))
	}
	return value, nil
}

// Holds works a condition out.
func (p *Program) Holds(facts any) (bool, error) {
	value, err := p.Eval(facts)
	if err != nil {
		return false, err
	}
	holds, ok := value.(bool)
	if !ok {
		return false, fmt.Errorf("%s gave %s, not true or false", p.source, Show(value))
	}
	return holds, nil
}

func fault(err error, facts any) error {
	var at *file.Error
	if !errors.As(err, &at) {
		return &Error{Line: 1, Column: 1, Message: inWords(err.Error(), facts)}
	}
	return &Error{Line: max(at.Line, 1), Column: at.Column + 1, Message: inWords(at.Message, facts)}
}

func message(err error) string {
	if at, ok := errors.AsType[*file.Error](err); ok {
		return at.Message
	}
	return err.Error()
}

// Facts lists the names and paths that the expression reads, in order.
func (p *Program) Facts() []string {
	all := make([]string, len(p.facts))
	for i, fact := range p.facts {
		all[i] = fact.path
	}
	return all
}
