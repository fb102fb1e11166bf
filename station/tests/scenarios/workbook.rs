//! Workbooks written as text.

use rust_xlsxwriter::Workbook;

/// A matter with this survey and these choices; code `T-1`. A sheet is lines, a line is cells between ` | `.
pub fn matter(survey: &str, choices: &str) -> Vec<u8> {
    let about = "
        key | value
        code | T-1
        name | 测试事项
        kind | 05
        handling | 2
        level | 4
        department | 云溪区民政局
        promised_days | 5";
    let materials = "
        code | name
        id_card | 身份证";
    let mut workbook = Workbook::new();
    for (name, text) in [
        ("survey", survey),
        ("choices", choices),
        ("matter", about),
        ("materials", materials),
    ] {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name).unwrap();
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
