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
use super::tree::{Expression, Node, Operator, Path, Start, Step};

/// Longest expression, in bytes.
const LONGEST: usize = 8_192;
/// Most operands; it bounds the depth of a chain like `1 + 1 + 1 …`, which every walk over the tree descends.
const MOST_OPERANDS: u32 = 600;
/// Deepest nesting of parentheses, calls and signs.
const DEEPEST: u32 = 40;

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
                Ok(Expression {
                    source: source.to_owned(),
                    root,
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
    expression(operand).infix(infix).parse_next(input)
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
    macro_rules! fold {
        ($power:literal, $operator:expr) => {
            Infix::Left($power, |_, left, right| {
                Ok(Node::Binary($operator, Box::new(left), Box::new(right)))
            })
        };
    }
    Ok(match operator {
        Operator::Or => fold!(1, Operator::Or),
        Operator::And => fold!(2, Operator::And),
        Operator::Equal => fold!(3, Operator::Equal),
        Operator::NotEqual => fold!(3, Operator::NotEqual),
        Operator::Less => fold!(4, Operator::Less),
        Operator::LessOrEqual => fold!(4, Operator::LessOrEqual),
        Operator::Greater => fold!(4, Operator::Greater),
        Operator::GreaterOrEqual => fold!(4, Operator::GreaterOrEqual),
        Operator::Add => fold!(5, Operator::Add),
        Operator::Subtract => fold!(5, Operator::Subtract),
        Operator::Multiply => fold!(6, Operator::Multiply),
        Operator::Divide => fold!(6, Operator::Divide),
        Operator::Remainder => fold!(6, Operator::Remainder),
        // Tighter than the unary minus in XPath; it is refused later, so that the difference cannot be seen.
        Operator::Union => fold!(8, Operator::Union),
    })
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
    input.state.depth += 1;
    if input.state.operands > MOST_OPERANDS || input.state.depth > DEEPEST {
        return cut_err(fail).parse_next(input);
    }
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
    let quote = any.parse_next(input)?;
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
    let arguments = separated(0.., node, (multispace0, ',')).parse_next(input)?;
    (multispace0, cut_err(')')).parse_next(input)?;
    Ok(Node::Call(function.to_owned(), arguments))
}

fn path(input: &mut Input<'_>) -> Parsed<Node> {
    let start = opt(alt((
        preceded("${", cut_err(terminated(take_till(1.., ['}', '{']), '}')))
            .map(|name: &str| Start::Question(name.trim().to_owned())),
        "..".value(Start::Parent),
        ".".value(Start::Current),
        peek("/").value(Start::Root),
    )))
    .parse_next(input)?;
    let path = match start {
        Some(start) => Path {
            start,
            steps: steps.parse_next(input)?,
        },
        None => {
            let first = step.parse_next(input)?;
            let more = steps.parse_next(input)?;
            Path {
                start: Start::Here,
                steps: std::iter::once(first).chain(more).collect(),
            }
        }
    };
    Ok(Node::Path(path))
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
    let more: Vec<Step> = repeat(0.., preceded(alt(("//", "/")), step)).parse_next(input)?;
    let own = (!own.is_empty()).then(|| Step {
        name: ".".to_owned(),
        predicates: own,
    });
    Ok(own.into_iter().chain(more).collect())
}

fn step(input: &mut Input<'_>) -> Parsed<Step> {
    let name: &str = alt(((opt((name, "::")), opt('@'), alt((name, "*"))).take(), "..", ".")).parse_next(input)?;
    let predicates = predicates.parse_next(input)?;
    Ok(Step {
        name: name.to_owned(),
        predicates,
    })
}

fn predicates(input: &mut Input<'_>) -> Parsed<Vec<Node>> {
    repeat(0.., delimited('[', cut_err(node), (multispace0, cut_err(']')))).parse_next(input)
}

/// Turns `regex(value, 'pattern')` into a node that holds the compiled pattern.
fn compile_patterns(node: Node) -> Result<Node, ExpressionError> {
    Ok(match node {
        Node::Number(_) | Node::Text(_) | Node::Path(_) | Node::Regex(..) => node,
        Node::Negate(inner) => Node::Negate(Box::new(compile_patterns(*inner)?)),
        Node::Binary(operator, left, right) => Node::Binary(
            operator,
            Box::new(compile_patterns(*left)?),
            Box::new(compile_patterns(*right)?),
        ),
        Node::Call(function, arguments) => {
            let arguments = arguments
                .into_iter()
                .map(compile_patterns)
                .collect::<Result<Vec<_>, _>>()?;
            match (function.as_str(), <[Node; 2]>::try_from(arguments)) {
                ("regex", Ok([subject, Node::Text(pattern)])) => {
                    // ODK: the whole text must match.
                    let compiled = regex::RegexBuilder::new(&format!("^(?:{pattern})$"))
                        .size_limit(1 << 20)
                        .build();
                    Node::Regex(
                        Box::new(subject),
                        compiled.map_err(|_| ExpressionError::Pattern(pattern))?,
                    )
                }
                ("regex", Ok(_)) => return Err(ExpressionError::PatternNotFixed),
                (_, Ok(pair)) => Node::Call(function, pair.into()),
                (_, Err(arguments)) => Node::Call(function, arguments),
            }
        }
    })
}
