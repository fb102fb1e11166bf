//! A matter (事项) as its workbook describes it.

use crate::form::Form;
use crate::form::Expression;
use crate::text::Text;

/// One government service. Element names follow GB/T 39554 and GB/T 39046.
#[derive(Clone, Debug)]
pub struct Matter {
    /// 实施编码 or a district's own code; up to 64 characters, kept as text.
    pub code: String,
    /// 事项名称.
    pub name: Text,
    /// 事项类型 code: `05` 给付, `07` 确认, `20` 公共服务 …
    pub kind: String,
    /// 办件类型 code: `1` 即办件, `2` 承诺件, `9` 其他.
    pub handling: String,
    /// 行使层级 code: `4` 县 … `6` 村.
    pub level: String,
    /// 责任部门.
    pub department: Text,
    /// 设定依据.
    pub basis: Text,
    /// 受理条件.
    pub conditions: Text,
    /// 收费: empty means free.
    pub fee: Text,
    /// 法定办结时限 in working days, when the law names one.
    pub statutory_days: Option<u32>,
    /// 承诺办结时限 in working days; 0 means at once.
    pub promised_days: u32,
    /// 马上办 / 网上办 / 就近办 / 一次办.
    pub tags: Vec<String>,
    /// What is asked for, in the workbook's order.
    pub materials: Vec<Material>,
    /// The form.
    pub form: Form,
}

/// A document the matter asks for (材料).
#[derive(Clone, Debug)]
pub struct Material {
    /// Identifier within the matter.
    pub code: String,
    /// 材料名称.
    pub name: Text,
    /// What to look for, where to get it.
    pub hint: Text,
    /// Needed when this holds for the answers; `None` means always.
    pub required_when: Option<Expression>,
    /// Whether it is needed at all or only welcome.
    pub required: bool,
    /// Number of copies.
    pub copies: u32,
    /// Kinds that are taken: `original`, `copy`.
    pub kinds: Vec<String>,
    /// 容缺: days within which it may be brought later; `None` when it may not.
    pub defer_days: Option<u32>,
    /// 告知承诺: a declaration may stand in for it.
    pub may_declare: bool,
    /// Years it is kept after completion; `None` when the district has not said.
    pub retention_years: Option<u32>,
}
