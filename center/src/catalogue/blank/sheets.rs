//! What stands in the empty workbook.

/// A sheet of it.
pub(super) struct Sheet {
    pub name: &'static str,
    /// Columns that stay in sight.
    pub frozen: u16,
    pub columns: &'static [Column],
    /// Lines, cells between `|`; `_` is a cell to be filled.
    pub lines: &'static [&'static str],
    /// Drop-down lists of single cells: row and column from 0.
    pub lists: &'static [(u32, u16, &'static [&'static str])],
}

/// A column: the name the program knows, what it is called for people, a remark, a width in characters, a drop-down list.
pub(super) struct Column {
    pub heading: &'static str,
    pub words: &'static str,
    pub remark: &'static str,
    pub width: f64,
    pub list: &'static [&'static str],
}

const fn column(heading: &'static str, words: &'static str, width: f64, remark: &'static str) -> Column {
    Column {
        heading,
        words,
        remark,
        width,
        list: &[],
    }
}

const fn listed(
    heading: &'static str,
    words: &'static str,
    width: f64,
    remark: &'static str,
    list: &'static [&'static str],
) -> Column {
    Column {
        heading,
        words,
        remark,
        width,
        list,
    }
}

const YES_NO: &[&str] = &["yes", "no"];
const KINDS: &[&str] = &[
    "01 行政许可",
    "02 行政处罚",
    "03 行政强制",
    "04 行政征收",
    "05 行政给付",
    "06 行政检查",
    "07 行政确认",
    "08 行政奖励",
    "09 行政裁决",
    "10 其他行政权力",
    "20 公共服务",
];
const HANDLINGS: &[&str] = &["1 即办件", "2 承诺件", "9 其他"];
const LEVELS: &[&str] = &["1 国家级", "2 省级", "3 市级", "4 县级", "5 镇级", "6 村级"];
const DAYS: &[&str] = &[
    "即办",
    "3 工作日",
    "5 工作日",
    "10 工作日",
    "20 工作日",
    "30 日",
    "2 个月",
];
const TAGS: &[&str] = &["马上办", "网上办", "就近办", "一次办", "就近办 一次办"];
const COVERAGE: &[&str] = &["本村", "本镇", "全区", "全市", "川渝", "跨省"];
const TYPES: &[&str] = &[
    "text",
    "integer",
    "decimal",
    "date",
    "time",
    "select_one ",
    "select_multiple ",
    "note",
    "calculate",
    "begin_group",
    "end_group",
    "begin_repeat",
    "end_repeat",
    "include ",
];

/// The page that is for people alone.
pub(super) const EXPLAINED: [&str; 14] = [
    "这是一项政务服务事项的空白工作簿。填好以后，在区中心控制台“事项 → 上传事项”里上传，检查通过就能发布，站点下次联网自动收到。",
    "1. 先填 matter 表里黄色的格子：编码、名称、责任部门、承诺时限。其余各项从下拉列表里选。填完这几格就能通过检查。",
    "2. survey 表一行一题。把“办理内容”一组换成您的题目；申请人一组各事项都一样，请保留题目名称，以后才能自动带出、查得到人。",
    "3. 选择题的选项写在 choices 表：survey 里写“select_one 选项表名”，choices 里 list_name 写同一个选项表名。",
    "4. materials 表一行一种材料。不得要求村（居）委会出具清单之外的证明，检查时会指出。",
    "5. 用不到的表（guide、rules、steps、shared、scenarios）可以整张删去，例子行也可以删。",
    "6. 每张表第一行的英文是固定名称，不要改；鼠标停在格子右上角的红三角上，可以看到怎么填。",
    "公式：引用其他题写作 ${题目名称}；文字加英文单引号；相等用 =，并且用 and，或者用 or。例：${purpose} = 'change'。标点都用英文的。",
    "拿不准、要等区里确认的值，在后面加 [?]，例如“20 工作日 [?]”：能发布，显示时会标明“待区里确认”。",
    "英文：在表里加上名为 label::English (en)、value::English (en) 等的列；不加也可以，英文界面会显示中文。",
    "多个事项都要用的题目，可以做成单独的“积木”工作簿，用 include 引入，不必每个事项抄一遍。",
    "给自己看的说明，列名以“备注”开头，或写在别的工作表里，程序不会读。",
    "scenarios 表是例子：填什么答案，应当出现哪些题、要哪些材料。每次检查都会照着走一遍，改错了马上知道。",
    "本页（填写说明）不会被读取。",
];

/// The sheets that are read.
pub(super) const SHEETS: [Sheet; 10] = [
    Sheet {
        name: "matter",
        frozen: 2,
        columns: &[
            column("key", "固定名称", 16.0, "不要改这一列。"),
            column("项目", "", 16.0, ""),
            column("value::中文 (zh)", "填在这一列", 44.0, "黄色的格子必须填。"),
            column("说明", "", 60.0, ""),
        ],
        lines: &[
            "code | 事项编码 | _ | 31 位实施编码；没有的，用本区自编码（不超过 64 个字符，不带空格）",
            "name | 事项名称 | _ | 与上级目录一致",
            "department | 责任部门 | _ | 例：云溪区民政局",
            "promised_days | 承诺办结时限 | _ | 20 工作日、30 日、2 个月、即办；不写单位就是工作日",
            "statutory_days | 法定办结时限 | | 法律没有规定就留空；承诺时限不能比它长",
            "kind | 事项类型 | 20 公共服务 | 从下拉列表选",
            "handling | 办件类型 | 2 承诺件 | 当场办结的选 1 即办件",
            "level | 行使层级 | 4 县级 | 从下拉列表选",
            "tags | 标签 | 就近办 | 马上办、网上办、就近办、一次办，可以写几个",
            "conditions | 受理条件 | | 谁能办、满足什么条件",
            "basis | 设定依据 | | 法律法规和文件的名称、条款",
            "fee | 收费 | | 留空为不收费",
            "who | 服务对象 | | 例：本区户籍居民",
            "result | 结果名称 | | 例：老年人优待证",
            "phone | 咨询电话 | |",
            "coverage | 通办范围 | 全区 | 本村、本镇、全区、全市、川渝、跨省",
            "channels | 办理形式 | 1 窗口 | 1 窗口、2 电脑、3 移动、4 快递、9 其他，可以写几个",
            "synonyms | 别名 | | 群众平时怎么叫，用顿号隔开，站点按这些词也能找到",
            "basic_code | 基本编码 | | 国家或省级目录中的 12 位编码，没有就留空",
            "keep_days | 站点保留天数 | | 办结后多少日从各站点的设备上清除，30 到 3650；不填就是 90 日。中心的档案不受影响",
        ],
        lists: &[
            (4, 2, DAYS),
            (6, 2, KINDS),
            (7, 2, HANDLINGS),
            (8, 2, LEVELS),
            (9, 2, TAGS),
            (16, 2, COVERAGE),
        ],
    },
    Sheet {
        name: "survey",
        frozen: 2,
        columns: &[
            listed(
                "type",
                "题目类型",
                22.0,
                "text 文字、integer 整数、decimal 小数、date 日期、select_one 选项表名（单选）、select_multiple 选项表名（多选）、note 说明文字、calculate 自动计算、begin_group/end_group 一组的开头和结尾、begin_repeat/end_repeat 可以填几份的一组（如家庭成员）。照片不写在这里，列在 materials 表。",
                TYPES,
            ),
            column(
                "name",
                "题目名称",
                20.0,
                "英文字母开头，只用字母、数字、下划线；同一事项里不能重复。",
            ),
            column(
                "label::中文 (zh)",
                "题目文字",
                36.0,
                "群众看得懂的话。可以写 ${题目名称}，显示时换成答案。",
            ),
            column("hint::中文 (zh)", "提示", 30.0, "题目下面的小字，可以不写。"),
            listed(
                "required",
                "必填",
                10.0,
                "yes 必填；留空为选填；也可以写公式：什么时候必填。",
                YES_NO,
            ),
            column(
                "relevant",
                "什么时候问",
                26.0,
                "公式成立才出现这一题；留空就总是出现。例：${purpose} = 'change'",
            ),
            column(
                "constraint",
                "答案要满足",
                34.0,
                "用一个点（.）代表本题的答案。例：. <= today()",
            ),
            column("constraint_message::中文 (zh)", "不满足时说什么", 30.0, ""),
            column("calculation", "自动计算", 24.0, "由其他题算出来的值。例：age(${birth})"),
            column("default", "默认值", 12.0, "没有人填时先填好的值，可以改。"),
            column(
                "appearance",
                "样式",
                20.0,
                "multiline 多行文字；numbers 数字键盘；id-number 身份证号；minimal 下拉选择。",
            ),
        ],
        lines: &[
            "begin_group | applicant | 申请人",
            "text | name | 姓名 | 与证件一致 | yes | | string-length(.) >= 2 and string-length(.) <= 50 | 姓名至少两个字",
            "text | id_number | 证件号码 | 照证件一位一位填，最后一位可能是 X | yes | | | | | | id-number numbers",
            "date | birth | 出生日期 | 由证件号码自动填好，没有填上的照证件填 | yes | | . <= today() | 出生日期不能晚于今天 | id-birth(${id_number})",
            "calculate | age | 年龄（周岁） | | | | | | age(${birth})",
            "text | phone | 联系电话 | 本人没有电话的，填家属电话 | yes | | string-length(.) >= 7 and string-length(.) <= 20 | 请填手机号，或带区号的座机号 | | | numbers",
            "text | living_address | 现住址 | 写到组和门牌号，上门办理按此地址 | yes | | | | | | multiline",
            "end_group",
            "begin_group | request | 办理内容（换成您的题目）",
            "select_one purpose | purpose | 办哪一种 | | yes | | | | | first",
            "text | change_reason | 变更的原因 | | yes | ${purpose} = 'change' | | | | | multiline",
            "end_group",
            "begin_group | promise | 承诺",
            "note | declaration_text | 本人承诺：所填内容和提交的材料真实有效。",
            "select_one yes_no | declaration | 申请人已听读上述内容并作出承诺 | | yes | | . = 'yes' | 申请人不承诺的，不能提交",
            "end_group",
        ],
        lists: &[],
    },
    Sheet {
        name: "choices",
        frozen: 2,
        columns: &[
            column("list_name", "选项表名", 20.0, "survey 里 select_one 后面写的名称。"),
            column("name", "选项的值", 20.0, "存下来的值：字母、数字、下划线，不带空格。"),
            column("label::中文 (zh)", "选项文字", 40.0, "群众看到的话。"),
        ],
        lines: &[
            "yes_no | yes | 是",
            "yes_no | no | 否",
            "purpose | first | 首次办理",
            "purpose | change | 变更",
        ],
        lists: &[],
    },
    Sheet {
        name: "materials",
        frozen: 2,
        columns: &[
            column("code", "编码", 20.0, "英文字母开头，同一事项里不能重复。"),
            column("name::中文 (zh)", "材料名称", 30.0, ""),
            column("hint::中文 (zh)", "提示", 30.0, "拍哪一面、注意什么。"),
            column(
                "issuer::中文 (zh)",
                "出具单位",
                20.0,
                "不得写村（居）委会出具清单之外的证明。",
            ),
            listed("required", "是否必要", 12.0, "yes、no，或公式：什么时候必要。", YES_NO),
            column("relevant", "什么时候要", 26.0, "公式成立才要这份材料；留空就总是要。"),
            column("copies", "份数", 8.0, ""),
            listed("sides", "面数", 8.0, "身份证等卡片写 2，其余写 1。", &["1", "2"]),
            listed("kinds", "原件/复印件", 16.0, "", &["original", "copy", "original copy"]),
            listed(
                "evidence",
                "最低核验等级",
                14.0,
                "A 发证单位直接给的；B 工作人员核对过原件；C 自己上传、原件待核；D 自己写的并承诺属实。留空不限。",
                &["A", "B", "C", "D"],
            ),
            column(
                "defer_days",
                "容缺工作日",
                12.0,
                "可以晚几个工作日补交；留空为不能容缺。",
            ),
            listed("may_declare", "可否告知承诺", 14.0, "", YES_NO),
            column(
                "exempt::中文 (zh)",
                "免于提交",
                24.0,
                "政府已经有的材料：写数据从哪里来，例如“公安户籍库已有”。留空就要交。",
            ),
            column("sample", "样张", 16.0, "一起上传的图片的文件名。"),
            column("retention_years", "保存年限", 12.0, ""),
        ],
        lines: &[
            "id_card | 居民身份证 | 正反两面都要清楚 | 公安机关 | yes | | 1 | 2 | original copy | | | no | | | 10",
            "change_paper | 能说明变更的材料 | 例：新的证照 | | yes | ${purpose} = 'change' | 1 | 1 | original copy | | 5 | no | | | 10",
        ],
        lists: &[],
    },
    Sheet {
        name: "guide",
        frozen: 1,
        columns: &[
            column("step", "哪一问", 14.0, "一问几个答案就写几行，名称相同。第一行是开头。"),
            column("question::中文 (zh)", "怎么问", 30.0, "同一问写在第一行就行。"),
            column("answer", "答案名称", 14.0, "字母开头，同一问里不能重复。"),
            column("label::中文 (zh)", "答案文字", 24.0, ""),
            listed(
                "go",
                "接下来",
                16.0,
                "写下一问的名称；或 eligible（可以办），not_eligible（不能办）。",
                &["eligible", "not_eligible"],
            ),
            column(
                "fill",
                "先填好的答案",
                24.0,
                "题目名称=值，几个用英文分号隔开。例：purpose=change",
            ),
            column("materials", "另外要的材料", 18.0, "材料编码，几个用空格隔开。"),
            column(
                "message::中文 (zh)",
                "说明",
                40.0,
                "不能办的，写明为什么、可以改办什么。",
            ),
        ],
        lines: &[
            "start | 要办哪一种？ | first | 首次办理 | eligible | purpose=first",
            "start | | change | 变更 | eligible | purpose=change | change_paper",
            "start | | other | 都不是 | not_eligible | | | 请打咨询电话，或到镇街便民服务中心问清楚再办。",
        ],
        lists: &[],
    },
    Sheet {
        name: "rules",
        frozen: 1,
        columns: &[
            column("name", "规则名称", 20.0, "字母开头，不能重复。"),
            column("expression", "公式", 40.0, "应当成立的条件；不成立就提示审核人员。"),
            listed(
                "effect",
                "作用",
                14.0,
                "warns 提醒；blocks 不写明理由不能受理；auto_accept 成立且没有其他问题时自动受理。",
                &["warns", "blocks", "auto_accept"],
            ),
            column("message::中文 (zh)", "不成立时说什么", 44.0, ""),
        ],
        lines: &[
            "address_whole | string-length(${living_address}) >= 4 | warns | 现住址写得太短，请核对是否写到组和门牌号",
        ],
        lists: &[],
    },
    Sheet {
        name: "steps",
        frozen: 1,
        columns: &[
            column("name", "环节名称", 16.0, "字母开头，不能重复。"),
            column("label::中文 (zh)", "环节", 24.0, ""),
            column("office::中文 (zh)", "谁来办", 30.0, ""),
            column("days", "时限", 14.0, "写法同承诺时限。"),
            listed("pauses", "停止计时", 12.0, "yes：这一环节不计入时限，如公示。", YES_NO),
            column("relevant", "什么时候有", 26.0, "公式；留空就总是有。"),
        ],
        lines: &[
            "review | 审核 | 镇街便民服务中心 | 即办 | no",
            "decide | 决定 | 区级责任部门 | 即办 | no",
        ],
        lists: &[],
    },
    Sheet {
        name: "shared",
        frozen: 1,
        columns: &[
            column(
                "question",
                "题目名称",
                20.0,
                "survey 里的 name。知道证件号码以后，这一题自动带出以前的答案，可以改。",
            ),
            listed(
                "source",
                "从哪里带出",
                16.0,
                "register 特殊群体服务台账；application 以前的办件。",
                &["application", "register"],
            ),
            column("from", "那里的题目名称", 20.0, "名称相同就留空。"),
            column("matter", "哪个事项", 20.0, "事项编码；不限就留空。"),
        ],
        lines: &["phone | application", "living_address | application"],
        lists: &[],
    },
    Sheet {
        name: "scenarios",
        frozen: 1,
        columns: &[
            column("scenario", "例子名称", 22.0, "写在这个例子的第一行。"),
            listed(
                "action",
                "做什么",
                16.0,
                "answer 填一题；visible/hidden 应当出现/不出现；value 应当等于；error 应当报错；valid 没有错；material 材料应当 needed/optional/exempt/hidden；complete/incomplete 应当填完/没填完。",
                &[
                    "today",
                    "station",
                    "answer",
                    "row",
                    "visible",
                    "hidden",
                    "value",
                    "choices",
                    "error",
                    "valid",
                    "complete",
                    "incomplete",
                    "material",
                    "broken",
                    "holds",
                    "accepts",
                    "guide",
                ],
            ),
            column("name", "题目或材料", 22.0, ""),
            column("value", "值", 34.0, ""),
        ],
        lines: &[
            "首次办理 | today | | 2026-03-02",
            "| answer | name | 王桃花",
            "| answer | id_number | 500199194102140025",
            "| answer | phone | 13900000000",
            "| answer | living_address | 桃花村3组12号",
            "| answer | declaration | yes",
            "| value | age | 85",
            "| hidden | change_reason |",
            "| material | change_paper | hidden",
            "| complete | |",
            "办理变更 | answer | purpose | change",
            "| visible | change_reason |",
            "| material | change_paper | needed",
            "| incomplete | |",
        ],
        lists: &[],
    },
    Sheet {
        name: "settings",
        frozen: 0,
        columns: &[
            column(
                "form_title",
                "表单标题",
                24.0,
                "给其他能读 XLSForm 的程序看；到家办显示 matter 表里的名称。",
            ),
            column("form_id", "表单编码", 20.0, ""),
            column("default_language", "默认语言", 20.0, ""),
        ],
        lines: &["新事项 | new_matter | 中文 (zh)"],
        lists: &[],
    },
];
