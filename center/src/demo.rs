//! A district to try things in. All names are invented.

use std::path::Path;

use doorstep_records::Role;
use doorstep_sync::Millis;
use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};

use crate::center::Center;
use crate::error::ApiError;
use crate::key::write_private;
use crate::password::random_password;
use crate::rights::needs_second_factor;
use crate::second_factor::code;
use crate::store;
use crate::store::accounts::Account;

/// The catalogue this program brings along.
#[derive(RustEmbed)]
#[folder = "../matters/catalogue"]
#[include = "*.xlsx"]
#[include = "*.csv"]
#[include = "*.jpg"]
#[include = "*.png"]
struct Workbooks;

/// Name of the file with the demo's secrets, in the data folder.
pub const ACCOUNTS_FILE: &str = "demo-accounts.json";
/// Codes made for each station.
const CODES: usize = 3;

/// Everything needed to get into the demo district.
#[derive(Debug, Serialize, Deserialize)]
pub struct Demo {
    /// Accounts of the console.
    pub accounts: Vec<DemoAccount>,
    /// Stations, villages first.
    pub stations: Vec<DemoStation>,
}

/// An account of the console.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DemoAccount {
    /// What is typed to sign in.
    pub name: String,
    /// Name for people.
    pub display: String,
    /// Role.
    pub role: Role,
    /// Password.
    pub password: String,
    /// Secret of the second factor, base32, where the role needs one.
    #[serde(default)]
    pub second_factor: Option<String>,
}

impl DemoAccount {
    /// What a telephone would show at this time.
    pub fn code(&self, at: Millis) -> Option<String> {
        code(self.second_factor.as_deref()?, at)
    }
}

/// A station.
#[derive(Debug, Serialize, Deserialize)]
pub struct DemoStation {
    /// 12-digit division.
    pub division: String,
    /// Name.
    pub name: String,
    /// Who works there.
    pub staff: Vec<DemoStaff>,
    /// One-time codes, good for 24 hours.
    pub enrolment_codes: Vec<String>,
}

/// A staff member.
#[derive(Debug, Serialize, Deserialize)]
pub struct DemoStaff {
    /// Staff number.
    pub number: String,
    /// Name.
    pub name: String,
    /// PIN.
    pub pin: String,
}

const ACCOUNTS: [(&str, &str, Role); 5] = [
    ("window", "窗口 杨小禾", Role::Window),
    ("reviewer", "审核 秦明舟", Role::Reviewer),
    ("chief", "首席代表 顾清川", Role::ChiefRepresentative),
    ("supervisor", "监察 罗知秋", Role::Supervisor),
    ("administrator", "管理 江望川", Role::Administrator),
];

/// Division, name, address, telephone, staff.
type Place = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    [(&'static str, &'static str, Role); 2],
);

const STATIONS: [Place; 4] = [
    (
        "500199101201",
        "桃花村便民服务站",
        "云溪区云溪镇桃花村1组1号",
        "023-00000201",
        [
            ("T0101", "陶春晓", Role::VillageClerk),
            ("T0102", "向远山", Role::Agent),
        ],
    ),
    (
        "500199101202",
        "柳树村便民服务站",
        "云溪区云溪镇柳树村3组8号",
        "023-00000202",
        [
            ("T0201", "柳青禾", Role::VillageClerk),
            ("T0202", "岳长风", Role::Agent),
        ],
    ),
    (
        "500199101203",
        "石桥村便民服务站",
        "云溪区云溪镇石桥村2组5号",
        "023-00000203",
        [
            ("T0301", "石小满", Role::VillageClerk),
            ("T0302", "童立夏", Role::Agent),
        ],
    ),
    (
        "500199101000",
        "云溪镇便民服务中心",
        "云溪区云溪镇迎宾路1号",
        "023-00000100",
        [
            ("T0001", "温如玉", Role::TownClerk),
            ("T0002", "殷白露", Role::TownClerk),
        ],
    ),
];

/// The files of the catalogue this program brings along, by name.
pub fn workbooks() -> Vec<(String, Vec<u8>)> {
    Workbooks::iter()
        .filter_map(|name| Some((name.to_string(), Workbooks::get(&name)?.data.into_owned())))
        .collect()
}

impl Center {
    /// Makes the demo district in an empty center, and writes its secrets into [`ACCOUNTS_FILE`] of `data`, readable by
    /// the owner alone. A catalogue that was published before stays. Does nothing when it is there already.
    pub fn make_demo(&self, data: &Path) -> anyhow::Result<()> {
        if self.store.read(|sql| store::meta::get(sql, "demo"))?.is_some() {
            return Ok(());
        }
        self.set_district("500199000000", "云溪区")?;
        let mut demo = Demo {
            accounts: Vec::new(),
            stations: Vec::new(),
        };
        for (name, display, role) in ACCOUNTS {
            let password = random_password(&*self.random);
            let account = Account {
                account: name.to_owned(),
                name: display.to_owned(),
                role,
            };
            self.put_account(&account, &password, false)?;
            let second_factor = match needs_second_factor(role) {
                true => Some(self.give_factor(name)?),
                false => None,
            };
            demo.accounts.push(DemoAccount {
                name: name.to_owned(),
                display: display.to_owned(),
                role,
                password,
                second_factor,
            });
        }
        for (division, name, address, telephone, people) in STATIONS {
            self.put_station(division, name, "云溪镇", address, telephone)?;
            let mut staff = Vec::new();
            for (number, name, role) in people {
                let pin = self.put_staff(division, number, name, role)?;
                staff.push(DemoStaff {
                    number: number.to_owned(),
                    name: name.to_owned(),
                    pin,
                });
            }
            let codes = (0..CODES).map(|_| Ok(self.enrolment_code(division, "")?.0));
            let enrolment_codes = codes.collect::<Result<Vec<String>, ApiError>>()?;
            demo.stations.push(DemoStation {
                division: division.to_owned(),
                name: name.to_owned(),
                staff,
                enrolment_codes,
            });
        }
        if self.store.read(store::catalogues::newest)? == 0 {
            self.publish(&workbooks())?;
        }
        write_private(
            &data.join(ACCOUNTS_FILE),
            serde_json::to_string_pretty(&demo)?.as_bytes(),
        )?;
        // Last: a start that was cut short before this line makes the secrets anew.
        Ok(self.store.write(|sql| store::meta::set(sql, "demo", b"1"))?)
    }
}
