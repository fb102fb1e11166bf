//! Finding a matter among thousands while its name is being typed: by name, pinyin, initials, synonym, tag, department.

use std::sync::Arc;

use crate::initials::{initials, pinyin};
use crate::matter::Matter;

/// What every matter of a catalogue is found by, made once for each version.
pub struct Finder {
    /// In the order in which equals are shown.
    lines: Vec<Line>,
}

struct Line {
    matter: Arc<Matter>,
    code: String,
    name: Word,
    english: String,
    synonyms: Vec<Word>,
    /// What it is about: department, tags, who may have it.
    about: Vec<String>,
}

/// A Chinese word as it may be typed.
struct Word {
    text: String,
    initials: String,
    pinyin: String,
}

impl Word {
    fn of(text: &str) -> Self {
        Self {
            text: plain(text),
            initials: initials(text),
            pinyin: pinyin(text),
        }
    }

    fn begins(&self, query: &str) -> bool {
        [&self.text, &self.initials, &self.pinyin]
            .into_iter()
            .any(|written| written.starts_with(query))
    }

    fn holds(&self, query: &str) -> bool {
        [&self.text, &self.initials, &self.pinyin]
            .into_iter()
            .any(|written| written.contains(query))
    }
}

/// Without capitals and spaces.
fn plain(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect()
}

impl Finder {
    /// Makes everything ready that matters are compared by.
    pub fn of<'a>(matters: impl Iterator<Item = &'a Arc<Matter>>) -> Self {
        let mut lines: Vec<Line> = matters.map(Line::of).collect();
        lines.sort_by(|a, b| (&a.name.initials, &a.code).cmp(&(&b.name.initials, &b.code)));
        Self { lines }
    }

    /// Matters that fit what was typed and have the tag (any when it is empty), best first.
    pub fn find(&self, query: &str, tag: &str) -> Vec<&Arc<Matter>> {
        let query = plain(query);
        let tagged = |line: &&Line| tag.is_empty() || line.matter.tags.iter().any(|has| has == tag);
        let mut found: Vec<(u8, &Arc<Matter>)> = self
            .lines
            .iter()
            .filter(tagged)
            .filter_map(|line| Some((line.rank(&query)?, &line.matter)))
            .collect();
        // Equals keep their order.
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, matter)| matter).collect()
    }
}

impl Line {
    fn of(matter: &Arc<Matter>) -> Self {
        let about = [
            &matter.department.zh,
            &matter.department.en,
            &matter.conditions.zh,
            &matter.conditions.en,
        ];
        Self {
            code: plain(&matter.code),
            name: Word::of(&matter.name.zh),
            english: plain(&matter.name.en),
            synonyms: matter.synonyms.iter().map(|word| Word::of(word)).collect(),
            about: about.into_iter().chain(&matter.tags).map(|text| plain(text)).collect(),
            matter: matter.clone(),
        }
    }

    /// How well it fits what was typed: 0 is best, `None` not at all.
    fn rank(&self, query: &str) -> Option<u8> {
        let ranks = [
            self.code == query || self.name.begins(query) || self.english.starts_with(query),
            self.name.holds(query) || self.english.contains(query),
            self.synonyms.iter().any(|word| word.holds(query)),
            self.about.iter().any(|text| text.contains(query)),
        ];
        (0..).zip(ranks).find_map(|(rank, fits)| fits.then_some(rank))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]
    use super::*;
    use crate::text::Text;

    fn matter(code: &str, name: &str, synonyms: &[&str]) -> Arc<Matter> {
        let name = Text {
            zh: name.to_owned(),
            ..Text::default()
        };
        Arc::new(Matter {
            code: code.to_owned(),
            name,
            synonyms: synonyms.iter().map(|word| (*word).to_owned()).collect(),
            ..Matter::default()
        })
    }

    fn found(finder: &Finder, query: &str) -> Vec<String> {
        let found = finder.find(query, "").into_iter();
        found.map(|matter| matter.code.clone()).collect()
    }

    #[test]
    fn who_begins_so_comes_before_who_holds_it_and_synonyms_last() {
        let matters = [
            matter("A", "残疾人津贴", &["高龄补助"]),
            matter("B", "农村高龄津贴", &[]),
            matter("C", "高龄津贴", &["老年钱"]),
        ];
        let finder = Finder::of(matters.iter());
        for query in ["高龄", "gaol", "gl", "GL", " 高 龄 "] {
            assert_eq!(found(&finder, query), ["C", "B", "A"], "{query}");
        }
        assert_eq!(found(&finder, "lnq"), ["C"]);
        assert_eq!(found(&finder, "laonian"), ["C"]);
        assert_eq!(
            found(&finder, "b"),
            ["B", "A"],
            "a code, then what is begun by that letter inside"
        );
        assert_eq!(found(&finder, "").len(), 3);
        assert!(found(&finder, "没有").is_empty());
    }

    #[test]
    fn two_thousand_matters_are_searched_while_a_key_goes_down() {
        let who = ["高龄老人", "残疾人", "新生儿", "退役军人", "城乡居民"];
        let what = ["津贴", "医疗保险", "生活补贴", "优待证"];
        let matters: Vec<_> = (0..2_000)
            .map(|n| {
                let name = format!("{}{}申领{n}", who[n % who.len()], what[n % what.len()]);
                matter(&n.to_string(), &name, &["读书钱", "上学补助"])
            })
            .collect();
        let finder = Finder::of(matters.iter());
        let search = |query: &str| {
            let begun = std::time::Instant::now();
            assert!(finder.find(query, "").len() <= 2_000);
            begun.elapsed().as_millis()
        };
        // The quickest of several: other tests run beside this one.
        for query in ["", "g", "gaoling", "高龄", "补助", "没有这件事"] {
            let quickest = (0..7).map(|_| search(query)).min();
            assert!(quickest.is_some_and(|took| took <= 20), "{query}: {quickest:?} ms");
        }
    }
}
