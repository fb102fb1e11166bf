//! Two thousand matters that a district could have, and how long one takes to be found among them while its name is typed.

use std::sync::Arc;
use std::time::Instant;

use doorstep_matters::finder::Finder;
use doorstep_matters::{Language, Matter, Text};

use crate::figures::{Figures, percentile};

const MATTERS: usize = 2_000;
/// Matters of one page of the list.
const PAGE: usize = 60;

const WHO: &[&str] = &[
    "高龄",
    "残疾人",
    "新生儿",
    "退役军人",
    "城乡居民",
    "困难家庭",
    "被征地农民",
    "企业职工",
    "独生子女",
    "失业人员",
];
const WHAT: &[&str] = &[
    "津贴",
    "医疗保险",
    "养老保险",
    "生活补贴",
    "护理补贴",
    "优待证",
    "救助",
    "登记",
    "资格认证",
    "奖励扶助",
];
const HOW: &[&str] = &[
    "申领", "变更", "注销", "补办", "查询", "参保", "续保", "转移", "审核", "公示", "发放", "停发", "复核", "延期",
    "转入", "转出", "打印", "备案", "核定", "认定",
];

fn matter(n: usize) -> Arc<Matter> {
    let of = |list: &[&'static str], n: usize| list.get(n % list.len()).copied().unwrap_or_default();
    let words = [of(WHO, n), of(WHAT, n / WHO.len()), of(HOW, n / WHO.len() / WHAT.len())];
    let text = |zh: String| Text { zh, ..Text::default() };
    Arc::new(Matter {
        code: format!("B-{n:04}"),
        name: text(words.concat()),
        department: text(format!("{}局", of(WHAT, n))),
        conditions: text(format!(
            "本区户籍的{}，符合条件的，可以到就近的站点办理{}。",
            words[0], words[1]
        )),
        synonyms: vec![format!("{}的钱", words[0]), format!("{}{}", words[2], words[1])],
        tags: vec![of(&["马上办", "网上办", "就近办", "一次办"], n).to_owned()],
        ..Matter::default()
    })
}

/// Measures.
pub fn measure(figures: &mut Figures) {
    let matters: Vec<_> = (0..MATTERS).map(matter).collect();
    let begun = Instant::now();
    let finder = Finder::of(matters.iter());
    let ready = begun.elapsed().as_secs_f64() * 1000.0;
    figures.note("matters, 2,000: made ready, once for each version", ready, "ms");
    let queries = [
        "",
        "g",
        "gl",
        "glj",
        "gljt",
        "gaoling",
        "高龄津贴",
        "医疗",
        "的钱",
        "就近办",
        "户籍",
        "没有这件事",
    ];
    let mut times = Vec::new();
    for query in queries.iter().cycle().take(200) {
        let begun = Instant::now();
        let found = finder.find(query, "");
        let page: Vec<_> = found
            .iter()
            .take(PAGE)
            .map(|matter| matter.summary(Language::Chinese))
            .collect();
        let json = serde_json::to_vec(&page).unwrap_or_default();
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        std::hint::black_box(json);
    }
    figures.under(
        "matters, 2,000: found as typed, with a page of them, p99",
        percentile(&mut times, 99),
        "ms",
        20.0,
    );
}
