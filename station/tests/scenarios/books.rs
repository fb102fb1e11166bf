//! Workbooks written as text: what a district of these tests publishes besides its one real matter.

use rust_xlsxwriter::Workbook;

/// A workbook of these sheets. A sheet is lines, a line is cells between ` | `.
pub fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for (name, text) in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (row, line) in (0..).zip(text.trim().lines()) {
            for (column, cell) in (0..).zip(line.split('|').map(str::trim)) {
                if !cell.is_empty() {
                    sheet.write_string(row, column, cell).unwrap();
                }
            }
        }
    }
    workbook.save_to_buffer().unwrap()
}

/// The one matter of these tests that is a real one.
pub fn real() -> (String, Vec<u8>) {
    let bytes = include_bytes!("../../../matters/tests/fixtures/before_blocks/高龄津贴.xlsx");
    ("高龄津贴.xlsx".to_owned(), bytes.to_vec())
}

/// A PNG that is named as a sample.
pub fn sample() -> (String, Vec<u8>) {
    ("户口簿样图.png".to_owned(), crate::world::picture(60, 40, 3))
}

const COMMON: &str = "
    key | value
    kind | 05
    handling | 2
    level | 4
    department | 云溪区民政局
    promised_days | 5
";

fn about(code: &str, name: &str, more: &str) -> String {
    format!("{}\n code | {code}\n name | {name}\n {more}", COMMON.trim_end())
}

/// 入学补贴 in its first version: guide, shared answers, an exempt paper, a sample, a value that is not confirmed.
pub fn school() -> Vec<u8> {
    workbook(&[
        (
            "matter",
            &about(
                "T-SCHOOL",
                "入学补贴",
                "synonyms | 读书钱、上学补助\n conditions | 家有学生 [?]",
            ),
        ),
        (
            "survey",
            "
            type | name | label | required | constraint
            text | name | 姓名 | yes |
            text | id_number | 身份证号 | yes |
            text | phone | 电话 | yes |
            text | bank_account | 银行账号 | |
            select_one stage | stage | 学段 | yes |
            text | nickname | 小名 | |
            ",
        ),
        (
            "choices",
            "
            list_name | name | label
            stage | primary | 小学
            stage | middle | 初中
            ",
        ),
        (
            "materials",
            "
            code | name | exempt | sample | evidence
            id_card | 身份证 | 公安户籍库已有 | |
            hukou | 户口簿 | | 户口簿样图.png | B
            letter | 说明 | | |
            ",
        ),
        (
            "guide",
            "
            step | question | answer | label | go | fill | materials | message
            age | 孩子多大了？ | small | 6 到 12 岁 | place | stage=primary | |
            age | | baby | 不到 6 岁 | not_eligible | | | 满 6 岁再来办
            place | 户口在本区吗？ | here | 在 | eligible | | | 请带齐材料
            place | | away | 不在 | eligible | | letter | 要写一份说明
            ",
        ),
        (
            "shared",
            "
            question | source | from | matter
            phone | application | |
            bank_account | register | bank_account | YX-MZ-001
            ",
        ),
    ])
}

/// The same published anew: a question and a paper more, one of each less, a choice more.
pub fn school_anew() -> Vec<u8> {
    workbook(&[
        ("matter", &about("T-SCHOOL", "入学补贴", "")),
        (
            "survey",
            "
            type | name | label | required
            text | name | 姓名 | yes
            text | id_number | 身份证号 | yes
            text | phone | 联系电话 | yes
            text | bank_account | 银行账号 |
            select_one stage | stage | 学段 | yes
            text | school | 学校 | yes
            ",
        ),
        (
            "choices",
            "
            list_name | name | label
            stage | primary | 小学
            stage | middle | 初中
            stage | high | 高中
            ",
        ),
        (
            "materials",
            "
            code | name
            hukou | 户口簿
            proof | 学籍证明
            ",
        ),
    ])
}

fn small(code: &str, name: &str, question: &str, material: &str) -> Vec<u8> {
    workbook(&[
        ("matter", &about(code, name, "")),
        (
            "survey",
            &format!(
                "
                type | name | label | required | default
                text | name | 姓名 | yes |
                text | id_number | 身份证号 | yes |
                {question}
                "
            ),
        ),
        ("choices", "list_name | name | label"),
        (
            "materials",
            &format!(
                "
                code | name
                id_card | 身份证
                {material}
                "
            ),
        ),
    ])
}

/// A bundle of three matters, the last only for those who want a card.
pub fn bundle() -> Vec<(String, Vec<u8>)> {
    vec![
        (
            "户口.xlsx".to_owned(),
            small(
                "T-HUKOU",
                "户口登记",
                "text | village | 落户地 | yes",
                "birth | 出生医学证明",
            ),
        ),
        (
            "医保.xlsx".to_owned(),
            small(
                "T-CARE",
                "医保参保",
                "text | phone | 电话 | yes |\n                text | payer | 交费人 | no | 本人",
                "",
            ),
        ),
        (
            "社保卡.xlsx".to_owned(),
            small("T-CARD", "社保卡申领", "text | phone | 电话 | yes", "photo | 照片"),
        ),
        (
            "一件事.xlsx".to_owned(),
            workbook(&[
                ("bundle", &about("T-BORN", "新生儿一件事", "synonyms | 生孩子")),
                (
                    "survey",
                    "
                    type | name | label | required
                    select_one yesno | card | 办卡吗 | yes
                    ",
                ),
                (
                    "choices",
                    "
                    list_name | name | label
                    yesno | yes | 是
                    yesno | no | 否
                    ",
                ),
                (
                    "matters",
                    "
                    matter | relevant | label
                    T-HUKOU | | 上户口
                    T-CARE | | 参加医保
                    T-CARD | ${card} = 'yes' | 办社保卡
                    ",
                ),
            ]),
        ),
    ]
}
