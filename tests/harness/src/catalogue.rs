//! A part of the demo catalogue, for districts that are made, copied and opened hundreds of times: every opening reads it.

/// The blocks that the matters of these districts are made of.
const BLOCKS: [&str; 4] = [
    "公共-个人信息.xlsx",
    "公共-户籍住址.xlsx",
    "公共-承诺.xlsx",
    "公共-银行账户.xlsx",
];

/// The workbooks `wanted` of the demo catalogue with what they are made of, and whatever is no workbook.
pub fn some(wanted: &[&str]) -> Vec<(String, Vec<u8>)> {
    let mut files = doorstep_center::demo::workbooks();
    files.retain(|(name, _)| {
        let name = name.as_str();
        !name.ends_with(".xlsx") || BLOCKS.contains(&name) || wanted.contains(&name)
    });
    files
}
