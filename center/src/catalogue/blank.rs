//! An empty workbook of a matter: every sheet with its columns, drop-down lists, remarks and an example. It passes the check
//! as soon as the yellow cells are filled.

mod sheets;

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, Format, FormatAlign, FormatBorder, Note, Workbook, Worksheet,
    XlsxError,
};

use sheets::{EXPLAINED, SHEETS, Sheet};

/// Lines of a sheet that have drop-down lists.
const LINES: u32 = 500;
/// What the program calls itself in remarks.
const AUTHOR: &str = "到家办";

/// The bytes of the empty workbook.
pub fn blank() -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    explain(workbook.add_worksheet())?;
    for sheet in SHEETS {
        write(workbook.add_worksheet(), &sheet)?;
    }
    workbook.save_to_buffer()
}

fn explain(page: &mut Worksheet) -> Result<(), XlsxError> {
    page.set_name("填写说明")?.set_column_width(0, 100)?;
    let words = Format::new()
        .set_text_wrap()
        .set_align(FormatAlign::Top)
        .set_font_size(12);
    for (row, line) in (0..).zip(EXPLAINED) {
        page.write_string_with_format(row, 0, line, &words)?;
    }
    Ok(())
}

fn write(page: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    let head = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Top)
        .set_background_color(Color::RGB(0xDD_EB_F7))
        .set_border_bottom(FormatBorder::Medium);
    // Text, so that a code keeps its zeros.
    let cell = Format::new()
        .set_text_wrap()
        .set_align(FormatAlign::Top)
        .set_num_format("@");
    let wanted = cell
        .clone()
        .set_background_color(Color::RGB(0xFF_F2_CC))
        .set_border(FormatBorder::Thin);
    page.set_name(sheet.name)?.set_freeze_panes(1, sheet.frozen)?;
    for (place, column) in (0..).zip(sheet.columns) {
        page.set_column_width(place, column.width)?
            .set_column_format(place, &cell)?;
        page.write_string_with_format(0, place, format!("{}\n{}", column.heading, column.words), &head)?;
        if !column.remark.is_empty() {
            page.insert_note(
                0,
                place,
                &Note::new(column.remark)
                    .set_author(AUTHOR)
                    .set_width(320)
                    .set_height(140),
            )?;
        }
        if !column.list.is_empty() {
            page.add_data_validation(1, place, LINES, place, &list(column.list)?)?;
        }
    }
    for (row, line) in (1..).zip(sheet.lines) {
        for (place, text) in (0..).zip(line.split('|').map(str::trim)) {
            match text {
                "" => {}
                "_" => drop(page.write_blank(row, place, &wanted)?),
                text => drop(page.write_string_with_format(row, place, text, &cell)?),
            }
        }
    }
    for (row, place, choices) in sheet.lists {
        page.add_data_validation(*row, *place, *row, *place, &list(choices)?)?;
    }
    Ok(())
}

/// A drop-down list. Other values may be typed: the check says what is wrong with them.
fn list(choices: &[&str]) -> Result<DataValidation, XlsxError> {
    DataValidation::new()
        .allow_list_strings(choices)?
        .set_error_style(DataValidationErrorStyle::Information)
        .set_error_title("不在下拉列表中")?
        .set_error_message("可以继续填写；写得对不对，上传检查时会告诉您。")
}
