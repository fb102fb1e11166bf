//! Text → tree. A Pratt parser over the precedences of XPath 1.0.

use winnow::ascii::{digit0, digit1, multispace0};
use winnow::combinator::{
    Infix, alt, cut_err, delimited, dispatch, expression, fail, not, opt, peek, preceded, repeat, separated, terminated,
};
use winnow::error::{ContextError, ErrMode};
use winnow::prelude::*;
use winnow::stream::Stateful;
use winnow::token::{any, one_of, take_till, take_while};

use super::error::ExpressionError;
use super::function;
use super::pattern::pattern_of;
use super::tree::{Axis, Expression, Node, Operator, Path, Start, Step, Test};

/// Longest expression, in bytes.
const LONGEST: usize = 1 << 16;
/// Most operands.
const MOST_OPERANDS: u32 = 10_000;
/// Deepest nesting of parentheses, calls, brackets and signs, which every walk over the tree descends. Forms in use nest
/// a hundred times `if`.
const DEEPEST: u32 = 250;

/// Counts what was parsed, so that hostile input ends in words instead of an exhausted stack.
#[derive(Clone, Debug, Default)]
struct Effort {
    operands: u32,
    depth: u32,
}

type Input<'i> = Stateful<&'i str, Effort>;
type Parsed<T> = Result<T, ErrMode<ContextError>>;

impl Expression {
    /// Parses `source`.
    pub fn parse(source: &str) -> Result<Expression, ExpressionError> {
        if source.len() > LONGEST {
            return Err(ExpressionError::TooLong);
        }
        let mut input = Stateful {
            input: source,
            state: Effort::default(),
        };
        let parsed = (node, multispace0).parse_next(&mut input);
        let rest = input.input;
        match parsed {
            Ok((root, _)) if rest.is_empty() => {
                let root = compile_patterns(root)?;
                let mut once = false;
                root.visit(&mut |node| once |= matches!(node, Node::Call(name, ..) if name == "once"));
                Ok(Expression {
                    source: source.to_owned(),
                    root,
                    once,
                })
            }
            _ if input.state.operands > MOST_OPERANDS || input.state.depth > DEEPEST => Err(ExpressionError::TooLong),
            _ => Err(ExpressionError::Syntax {
                at: source.len() - rest.len(),
                text: source.to_owned(),
            }),
        }
    }
}

fn node(input: &mut Input<'_>) -> Parsed<Node> {
    // The depth is bounded, but the frames of a parser put together from parts are large.
    stacker::maybe_grow(256 << 10, 2 << 20, || {
        expression(operand).infix(infix).parse_next(input)
    })
}

fn infix<'i>(input: &mut Input<'i>) -> Parsed<Infix<Input<'i>, Node, ErrMode<ContextError>>> {
    let start = input.input;
    multispace0.parse_next(input)?;
    let found = operator.parse_next(input);
    let operator = match found {
        Ok(operator) => operator,
        Err(error) => {
            input.input = start;
            return Err(error);
        }
    };
    macro_rules! left {
        ($operator:ident) => {
            Infix::Left(Operator::$operator.power(), |_, left, right| {
                Ok(chain(left, Operator::$operator, right))
            })
        };
    }
    Ok(match operator {
        Operator::Or => left!(Or),
        Operator::And => left!(And),
        Operator::Equal => left!(Equal),
        Operator::NotEqual => left!(NotEqual),
        Operator::Less => left!(Less),
        Operator::LessOrEqual => left!(LessOrEqual),
        Operator::Greater => left!(Greater),
        Operator::GreaterOrEqual => left!(GreaterOrEqual),
        Operator::Add => left!(Add),
        Operator::Subtract => left!(Subtract),
        Operator::Multiply => left!(Multiply),
        Operator::Divide => left!(Divide),
        Operator::Remainder => left!(Remainder),
        Operator::Union => left!(Union),
    })
}

/// Puts `right` behind what stands on the left. A left side in parentheses may be opened: these are taken from left to
/// right in any case.
fn chain(left: Node, operator: Operator, right: Node) -> Node {
    match left {
        Node::Chain(first, mut more)
            if more
                .first()
                .is_some_and(|(before, _)| before.power() == operator.power()) =>
        {
            more.push((operator, right));
            Node::Chain(first, more)
        }
        left => Node::Chain(Box::new(left), vec![(operator, right)]),
    }
}

fn operator(input: &mut Input<'_>) -> Parsed<Operator> {
    let words = alt([
        "or".value(Operator::Or),
        "and".value(Operator::And),
        "div".value(Operator::Divide),
        "mod".value(Operator::Remainder),
    ]);
    let signs = alt([
        "!=".value(Operator::NotEqual),
        "<=".value(Operator::LessOrEqual),
        ">=".value(Operator::GreaterOrEqual),
        "=".value(Operator::Equal),
        "<".value(Operator::Less),
        ">".value(Operator::Greater),
        "+".value(Operator::Add),
        "-".value(Operator::Subtract),
        "*".value(Operator::Multiply),
        "|".value(Operator::Union),
    ]);
    alt((terminated(words, not(one_of(is_name))), signs)).parse_next(input)
}

fn operand(input: &mut Input<'_>) -> Parsed<Node> {
    multispace0.parse_next(input)?;
    let depth = input.state.depth;
    input.state.operands += 1;
    if input.state.operands > MOST_OPERANDS {
        return cut_err(fail).parse_next(input);
    }
    deeper(input)?;
    let parsed: Parsed<Node> = dispatch! {peek(any);
        '-' => preceded('-', cut_err(operand)).map(|node| Node::Negate(Box::new(node))),
        '(' => (delimited('(', cut_err(node), (multispace0, cut_err(')'))), steps).map(from_value),
        '\'' | '"' => quoted.map(Node::Text),
        '0'..='9' => number,
        '.' => alt((number, path)),
        '$' | '/' | '*' | '@' => path,
        _ => alt(((call, steps).map(from_value), path)),
    }
    .parse_next(input);
    if !matches!(parsed, Err(ErrMode::Cut(_))) {
        input.state.depth = depth;
    }
    parsed
}

fn quoted(input: &mut Input<'_>) -> Parsed<String> {
    let quote = one_of(['\'', '"']).parse_next(input)?;
    let text: &str = take_till(0.., quote).parse_next(input)?;
    cut_err(quote).parse_next(input)?;
    Ok(text.to_owned())
}

fn number(input: &mut Input<'_>) -> Parsed<Node> {
    alt(((digit1, opt(('.', digit0))).take(), ('.', digit1).take()))
        .parse_to()
        .map(Node::Number)
        .parse_next(input)
}

fn name<'i>(input: &mut Input<'i>) -> Parsed<&'i str> {
    (
        one_of(|c: char| c.is_alphabetic() || c == '_'),
        take_while(0.., is_name),
    )
        .take()
        .parse_next(input)
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.')
}

fn call(input: &mut Input<'_>) -> Parsed<Node> {
    let function: &str = terminated((opt((name, ':')), name).take(), (multispace0, '(')).parse_next(input)?;
    if is_node_type(function) {
        return fail.parse_next(input);
    }
    let arguments = separated(0.., node, (multispace0, ',')).parse_next(input)?;
    (multispace0, cut_err(')')).parse_next(input)?;
    Ok(Node::Call(function.to_owned(), function::find(function), arguments))
}

fn is_node_type(name: &str) -> bool {
    matches!(name, "node" | "text" | "comment" | "processing-instruction")
}

fn path(input: &mut Input<'_>) -> Parsed<Node> {
    let question = opt(preceded("${", cut_err(terminated(take_till(1.., ['}', '{']), '}')))).parse_next(input)?;
    if let Some(name) = question {
        let start = match name.trim().strip_prefix("last-saved#") {
            Some(name) => Start::LastSaved(name.trim().to_owned()),
            None => Start::Question(name.trim().to_owned()),
        };
        let steps = steps.parse_next(input)?;
        return Ok(Node::Path(Path { start, steps }));
    }
    let root: Option<&str> = opt(alt(("//", "/"))).parse_next(input)?;
    let start = if root.is_some() { Start::Root } else { Start::Here };
    let mut taken = Vec::new();
    taken.extend((root == Some("//")).then(everything));
    match opt(step).parse_next(input)? {
        Some(first) => taken.push(first),
        // `/` alone is the root itself.
        None if root == Some("/") => return Ok(Node::Path(Path { start, steps: taken })),
        None => return fail.parse_next(input),
    }
    taken.extend(steps.parse_next(input)?);
    Ok(Node::Path(Path { start, steps: taken }))
}

/// What `//` stands for.
fn everything() -> Step {
    Step {
        axis: Axis::DescendantOrSelf,
        test: Test::Any,
        predicates: Vec::new(),
    }
}

/// What `value[…]/step` means; the value itself when nothing follows it.
fn from_value((value, steps): (Node, Vec<Step>)) -> Node {
    if steps.is_empty() {
        value
    } else {
        Node::Path(Path {
            start: Start::Value(Box::new(value)),
            steps,
        })
    }
}

/// What follows the start of a path: conditions on the start itself (as a step `.`), then steps.
fn steps(input: &mut Input<'_>) -> Parsed<Vec<Step>> {
    let own = predicates.parse_next(input)?;
    let mut steps = Vec::new();
    if !own.is_empty() {
        steps.push(Step {
            axis: Axis::Itself,
            test: Test::Any,
            predicates: own,
        });
    }
    loop {
        let slash: Option<&str> =
            opt(preceded(multispace0, terminated(alt(("//", "/")), multispace0))).parse_next(input)?;
        match slash {
            None => return Ok(steps),
            Some("//") => steps.push(everything()),
            Some(_) => {}
        }
        steps.push(cut_err(step).parse_next(input)?);
    }
}

fn step(input: &mut Input<'_>) -> Parsed<Step> {
    let (axis, test) = alt((
        "..".value((Axis::Parent, Test::Any)),
        ".".value((Axis::Itself, Test::Any)),
        preceded(('@', multispace0), test).map(|test| (Axis::Attribute, test)),
        (
            terminated(name.verify_map(Axis::named), (multispace0, "::", multispace0)),
            test,
        ),
        test.map(|test| (Axis::Child, test)),
    ))
    .parse_next(input)?;
    let predicates = predicates.parse_next(input)?;
    Ok(Step { axis, test, predicates })
}

fn test(input: &mut Input<'_>) -> Parsed<Test> {
    alt((
        '*'.value(Test::Any),
        (
            name.verify(|name: &str| is_node_type(name)),
            multispace0,
            '(',
            multispace0,
            opt(quoted),
            ')',
        )
            .map(|(name, ..)| if name == "node" { Test::Any } else { Test::Nothing }),
        (opt((name, ':')), name)
            .take()
            .map(|name: &str| Test::Name(name.to_owned())),
    ))
    .parse_next(input)
}

fn predicates(input: &mut Input<'_>) -> Parsed<Vec<Node>> {
    let depth = input.state.depth;
    let inside = delimited((multispace0, '[', deeper), cut_err(node), (multispace0, cut_err(']')));
    let parsed = repeat(0.., inside).parse_next(input);
    if !matches!(parsed, Err(ErrMode::Cut(_))) {
        input.state.depth = depth;
    }
    parsed
}

/// One level deeper.
fn deeper(input: &mut Input<'_>) -> Parsed<()> {
    input.state.depth += 1;
    if input.state.depth > DEEPEST {
        return cut_err(fail).parse_next(input);
    }
    Ok(())
}

/// Turns `regex(value, 'pattern')` into a node that holds the compiled pattern.
fn compile_patterns(node: Node) -> Result<Node, ExpressionError> {
    Ok(match node {
        Node::Number(_) | Node::Text(_) | Node::Regex(..) => node,
        Node::Path(path) => Node::Path(compile_in_path(path)?),
        Node::Negate(inner) => Node::Negate(Box::new(compile_patterns(*inner)?)),
        Node::Chain(first, more) => {
            let more = more
                .into_iter()
                .map(|(operator, node)| Ok((operator, compile_patterns(node)?)));
            Node::Chain(
                Box::new(compile_patterns(*first)?),
                more.collect::<Result<_, ExpressionError>>()?,
            )
        }
        Node::Call(name, function, arguments) => {
            let arguments = compile_all(arguments)?;
            match (name.as_str(), <[Node; 2]>::try_from(arguments)) {
                ("regex", Ok([subject, Node::Text(pattern)])) => {
                    let compiled = pattern_of(&pattern).ok_or(ExpressionError::Pattern(pattern))?;
                    Node::Regex(Box::new(subject), compiled)
                }
                (_, Ok(pair)) => Node::Call(name, function, pair.into()),
                (_, Err(arguments)) => Node::Call(name, function, arguments),
            }
        }
    })
}

fn compile_in_path(path: Path) -> Result<Path, ExpressionError> {
    let start = match path.start {
        Start::Value(node) => Start::Value(Box::new(compile_patterns(*node)?)),
        other => other,
    };
    let steps = path.steps.into_iter().map(|step| {
        Ok(Step {
            predicates: compile_all(step.predicates)?,
            ..step
        })
    });
    Ok(Path {
        start,
        steps: steps.collect::<Result<_, ExpressionError>>()?,
    })
}

fn compile_all(nodes: Vec<Node>) -> Result<Vec<Node>, ExpressionError> {
    nodes.into_iter().map(compile_patterns).collect()
}
