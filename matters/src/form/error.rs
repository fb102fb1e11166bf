//! What can be wrong with an expression.

use thiserror::Error;

/// What is wrong with an expression, in words for the staff who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExpressionError {
    /// Too long, or nested too deeply.
    #[error("公式太长或嵌套太深")]
    TooLong,
    /// Not an expression.
    #[error("公式从“{}”开始读不懂", near(.text, *.at))]
    Syntax {
        /// Byte at which reading stopped.
        at: usize,
        /// The expression.
        text: String,
    },
    /// A function nobody knows.
    #[error("不支持函数 {0}()")]
    Function(String),
    /// A function with too few or too many arguments.
    #[error("函数 {function}() 应有 {} 个参数，这里写了 {given} 个", count(*.least, *.most))]
    Arguments {
        /// The function.
        function: String,
        /// Fewest.
        least: usize,
        /// Most.
        most: usize,
        /// As written.
        given: usize,
    },
    /// A part of XPath that is not evaluated yet, by name.
    #[error("暂不支持{0}")]
    Unsupported(String),
    /// A question that the sheet does not have.
    #[error("表中没有名为 {0} 的问题")]
    Question(String),
    /// A material that the sheet does not have.
    #[error("materials 表中没有编码为 {0} 的材料")]
    Material(String),
    /// A list that neither a sheet nor a file has.
    #[error("没有名为 {0} 的选项表")]
    List(String),
    /// A bare name that is not a column of `choices`.
    #[error("choices 表中没有名为 {0} 的列")]
    Column(String),
    /// `.` where there is no answer to speak of.
    #[error("这里没有“本题”，“.”和“..”不知道指什么")]
    Current,
    /// A pattern that cannot be read.
    #[error("正则表达式 {0} 写法不对")]
    Pattern(String),
}

impl ExpressionError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            ExpressionError::TooLong => "expression_too_long",
            ExpressionError::Syntax { .. } => "expression_syntax",
            ExpressionError::Function(_) => "function_unknown",
            ExpressionError::Arguments { .. } => "function_arguments",
            ExpressionError::Unsupported(_) => "expression_unsupported",
            ExpressionError::Question(_) => "question_unknown",
            ExpressionError::Material(_) => "material_unknown",
            ExpressionError::List(_) => "list_unknown",
            ExpressionError::Column(_) => "column_unknown",
            ExpressionError::Current => "expression_current",
            ExpressionError::Pattern(_) => "expression_pattern",
        }
    }

    /// How to mend it.
    pub fn remedy(&self) -> String {
        match self {
            ExpressionError::TooLong => "把公式拆成几个 calculate 问题，再引用它们".into(),
            ExpressionError::Syntax { at, text } => {
                let before = text.get(..*at).unwrap_or_default().trim_end();
                let rest = text.get(*at..).unwrap_or_default().trim_start();
                let begins = |words: &[&str]| words.iter().any(|word| rest.starts_with(word));
                match rest.chars().next() {
                    Some('=') if before.ends_with('=') => "相等只写一个 =".into(),
                    Some('>') if before.ends_with('<') => "不等于写作 !=".into(),
                    Some(_) if begins(&["且", "并且", "和", "AND", "And", "&"]) => {
                        "并且写作 and，前后留空格".into()
                    }
                    Some(_) if begins(&["或", "OR", "Or", "|"]) => "或者写作 or，前后留空格".into(),
                    Some(
                        '“' | '”' | '‘' | '’' | '（' | '）' | '，' | '＝' | '＜' | '＞' | '＋' | '－' | '。' | '｛'
                        | '｝',
                    ) => "这里用了中文标点，请改成英文标点".into(),
                    Some(_) => {
                        "对照 XLSForm 的写法检查此处：文字加英文单引号，问题写作 ${name}，并且用 and、或者用 or".into()
                    }
                    None => "公式没有写完：检查括号和引号是否成对".into(),
                }
            }
            ExpressionError::Function(name) => match (name.as_str(), super::function::alike(name)) {
                // Some tools know these; ODK's specification does not, or only for what no sheet can write.
                ("version", _) => "版本号请直接写成文字，例如 '2026-1'".into(),
                ("property", _) => "加一行类型为 deviceid 或 username 的问题，再用 ${name} 引用它".into(),
                ("jr:itext", _) => "把文字写在 label 列；选项的文字用 jr:choice-name(${name}, '${name}')".into(),
                (_, Some(known)) => format!("是否想写 {known}()？"),
                (_, None) => "改用支持的函数，名称见说明".into(),
            },
            ExpressionError::Arguments { .. } => "补上或去掉参数，参数之间用英文逗号".into(),
            ExpressionError::Unsupported(_) => "改用 ${name} 引用问题".into(),
            ExpressionError::Question(name) => format!("在 survey 表的 name 列加上 {name}，或改成已有的名称"),
            ExpressionError::Material(_) => "填写 materials 表中的 code".into(),
            ExpressionError::List(name) => {
                format!("在 choices 表加上 list_name 为 {name} 的选项；要用文件 {name}.csv，先在 survey 表里查它")
            }
            ExpressionError::Column(name) => {
                format!(
                    "引用问题写作 ${{{name}}}；文字加英文单引号，写作 '{name}'；choices 表的列，先在那里加上 {name} 列"
                )
            }
            ExpressionError::Current => "改用 ${name} 引用问题".into(),
            ExpressionError::Pattern(_) => "改正括号、方括号等符号".into(),
        }
    }
}

fn near(source: &str, at: usize) -> String {
    let rest: String = source
        .get(at..)
        .unwrap_or_default()
        .trim_start()
        .chars()
        .take(20)
        .collect();
    if rest.is_empty() { "结尾".into() } else { rest }
}

fn count(least: usize, most: usize) -> String {
    match (least, most) {
        (least, usize::MAX) => format!("至少 {least}"),
        (least, most) if least == most => least.to_string(),
        (least, most) => format!("{least} 到 {most}"),
    }
}
