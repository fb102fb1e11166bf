//! 清单之外无证明: proofs that village and residents' committees may not be asked for.

/// The first national list (民发〔2020〕20号), by the words by which each is known.
const FORBIDDEN: [(&str, &[&str]); 20] = [
    ("亲属关系证明", &["亲属关系"]),
    ("居民身份信息证明", &["身份信息"]),
    ("户口登记项目内容变更申请证明", &["户口登记项目", "户口变更"]),
    ("居民养犬证明", &["养犬"]),
    ("无犯罪记录证明", &["犯罪记录"]),
    ("社区戒毒社区康复人员情况证明", &["戒毒", "社区康复"]),
    ("人员失踪证明", &["失踪"]),
    ("婚姻状况证明", &["婚姻状况", "婚姻关系", "未婚"]),
    ("出生证明", &["出生证明"]),
    ("健在证明", &["健在"]),
    ("死亡证明", &["死亡"]),
    ("疾病状况证明", &["疾病状况", "患病"]),
    ("残疾状况证明", &["残疾状况", "残疾证明"]),
    ("婚育状况证明", &["婚育", "生育状况"]),
    ("居民就业状况证明", &["就业状况", "失业证明", "无业证明"]),
    ("居民个人档案证明", &["个人档案"]),
    ("居民财产证明", &["财产证明", "财产状况", "房产证明"]),
    ("遗产继承权证明", &["继承权", "遗产继承"]),
    ("市场主体住所证明", &["市场主体住所", "经营场所证明"]),
    ("证件遗失证明", &["证件遗失", "遗失证明"]),
];

/// Bodies that may not issue them.
const VILLAGE: [&str; 10] = [
    "村委会",
    "居委会",
    "村民委员会",
    "居民委员会",
    "村（居）",
    "村(居)",
    "村居",
    "村级",
    "社区",
    "基层群众性自治组织",
];

/// The entry of the list that a material falls under: a proof of such a kind for which no other issuer is named.
pub(super) fn forbidden(name: &str, hint: &str, issuer: &str) -> Option<&'static str> {
    if !name.contains("证明") {
        return None;
    }
    let by_village = |text: &str| VILLAGE.iter().any(|body| text.contains(body));
    let allowed = !issuer.is_empty() && !by_village(issuer) && !by_village(name) && !by_village(hint);
    if allowed {
        return None;
    }
    FORBIDDEN
        .iter()
        .find(|(_, words)| words.iter().any(|word| name.contains(word)))
        .map(|(title, _)| *title)
}
