//! Words of the center about a case, in both languages.

use doorstep_custody::Flaw;
use doorstep_matters::Language;
use doorstep_sync::Code;

use crate::check::Evaluated;

fn choose(language: Language, chinese: &'static str, english: &'static str) -> &'static str {
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
}

/// `label：words`.
pub fn about(label: &str, words: &str, language: Language) -> String {
    if label.is_empty() {
        words.to_owned()
    } else {
        format!("{label}{}{words}", choose(language, "：", ": "))
    }
}

/// A matter no catalogue here has.
pub fn unknown_matter(language: Language) -> String {
    choose(
        language,
        "本中心的事项目录中没有此事项",
        "This matter is in no catalogue of this center",
    )
    .to_owned()
}

/// No signature.
pub fn no_signature(language: Language) -> &'static str {
    choose(language, "没有签字", "Nobody has signed")
}

/// Rival values.
pub fn conflict(language: Language) -> &'static str {
    choose(
        language,
        "两处填写不一致，需要工作人员选择",
        "Two people wrote different values; someone has to choose",
    )
}

/// What is wrong with a material.
pub fn material_problem(code: &str, language: Language) -> &'static str {
    match code {
        "no_evidence" => choose(language, "没有选择材料核验等级", "No evidence level was chosen"),
        "weak_evidence" => choose(
            language,
            "核验等级低于本事项的要求",
            "Its evidence level is lower than this matter asks for",
        ),
        "not_deferrable" => choose(language, "此材料不能容缺", "This material may not be deferred"),
        "deferred_too_long" => choose(
            language,
            "容缺补交日期超过允许的期限",
            "It was promised for a day that is too late",
        ),
        "not_declarable" => choose(
            language,
            "此材料不能以告知承诺代替",
            "A declaration may not stand in for this material",
        ),
        _ => choose(language, "缺少材料", "It is missing"),
    }
}

/// A presence field.
pub fn presence(name: &str, language: Language) -> &'static str {
    match name {
        "who" => choose(language, "来办的人", "Who is here"),
        "reason" => choose(language, "代办原因", "Why the applicant is not here"),
        "name" => choose(language, "代办人姓名", "Name of the person acting"),
        "id_number" => choose(language, "代办人身份证号码", "ID number of the person acting"),
        "id_number_note" => choose(
            language,
            "代办人身份证号码的说明",
            "Note on the ID number of the person acting",
        ),
        "phone" => choose(language, "代办人电话", "Telephone of the person acting"),
        "relation" => choose(language, "和申请人的关系", "Relation to the applicant"),
        _ => choose(language, "到场情况", "Presence"),
    }
}

/// What is wrong with a presence field.
pub fn presence_problem(code: &str, language: Language) -> &'static str {
    match code {
        "id_number" => choose(language, "号码不正确", "The number is not right"),
        _ => choose(language, "没有填写", "Not filled in"),
    }
}

/// Why a link of the chain of custody does not hold.
pub fn flaw(flaw: Flaw, language: Language) -> String {
    let chinese = match flaw {
        Flaw::Item(Code::Signature) => "签名不符：内容被改动过，或不是本人设备签的",
        Flaw::Item(Code::UnknownDevice) => "区中心没有给这台设备授过权",
        Flaw::Item(Code::NotGranted) => "这台设备当时没有写这类内容的授权",
        Flaw::Item(Code::Revoked) => "这台设备当时已经停用",
        Flaw::Item(Code::CenterOnly) => "这一项只能由区中心写，但不是区中心签的",
        Flaw::Item(_) => "内容的格式不对",
        Flaw::OtherDocument => "属于另一个办件",
        Flaw::Scope => "属于另一个站点或年度",
        Flaw::MissingForerunner => "缺少它所依据的前一次保存",
        Flaw::Unfitting => "内容和办件对不上",
        Flaw::OtherDevice => "内容写的是另一台设备，和签名的设备不同",
        Flaw::OtherPerson => "内容写的是另一个人，和署名的人不同",
        Flaw::NoReceipt => "区中心没有为它开过回执",
        Flaw::Arrival => "登记的到达时间晚于回执",
        Flaw::FileAltered => "图像文件被改动过",
        Flaw::FileGone => "图像文件曾经收齐，现在不见了",
        Flaw::AlteredRow => "数据库中的记录和签名的内容不同",
        Flaw::AlteredView => "页面上显示的内容和签名的内容不同",
        Flaw::Gone => "开过回执的一项现在不见了",
    };
    match language {
        Language::Chinese => chinese.to_owned(),
        Language::English => flaw.to_string(),
    }
}

/// A path (of a conflict, or of what an item changed) in words.
pub fn path(path: &str, evaluated: Option<&Evaluated>, language: Language) -> String {
    let own = |chinese, english| choose(language, chinese, english).to_owned();
    match path {
        "begun" => return own("开始填写", "Begun"),
        "signature" => return own("申请人签名", "Applicant's signature"),
        "number" => return own("办件编号", "Application number"),
        "edition" => return own("换用事项的另一版", "Another version of the matter"),
        "file" => return own("图像文件", "Picture file"),
        "step.received" => return own("收件", "Received"),
        "step.resubmitted" => return own("补正后再次提交", "Sent again after a correction"),
        "step.withdrawn" => return own("撤回", "Withdrawn"),
        "case.arrived" => return own("到达", "Arrived"),
        "case.prechecked" => return own("自动预审", "Checked automatically"),
        "case.accepted" => return own("受理", "Accepted"),
        "case.not_accepted" => return own("不予受理", "Not accepted"),
        "case.correction_asked" => return own("要求补正", "Correction asked"),
        "case.stage_begun" => return own("进入环节", "Stage begun"),
        "case.stage_ended" => return own("环节办完", "Stage ended"),
        "case.material_verified" => return own("免交材料已核验", "Exempt material verified"),
        "case.unknown" => {
            return own("本程序还不认识的一步", "A step this program does not know yet");
        }
        "case.decided" => return own("办结", "Decided"),
        _ => {}
    }
    if let Some(name) = path.strip_prefix("answers.").or(path.strip_prefix("rows.")) {
        // A row that is not there has the words of its repeat.
        let name = name
            .strip_suffix(']')
            .and_then(|row| row.rsplit_once('['))
            .map_or(name, |(repeat, _)| repeat);
        let question = evaluated.and_then(|e| e.form.questions.iter().find(|question| question.name == name));
        return question
            .map(|q| q.label.clone())
            .filter(|label| !label.is_empty())
            .unwrap_or_else(|| name.to_owned());
    }
    if let Some(name) = path.strip_prefix("presence.") {
        return presence(name, language).to_owned();
    }
    if let Some((code, part)) = path.strip_prefix("materials.").and_then(|rest| rest.rsplit_once('.')) {
        let material = evaluated.and_then(|e| e.matter.materials.iter().find(|material| material.code == code));
        let name = material.map_or(code, |material| &material.name);
        let part = match part {
            "evidence" => choose(language, "核验等级", "evidence level"),
            "deferred_until" => choose(language, "容缺日期", "promised day"),
            "declared" => choose(language, "告知承诺", "declaration"),
            _ => choose(language, "页面", "pages"),
        };
        return about(name, part, language);
    }
    path.to_owned()
}
