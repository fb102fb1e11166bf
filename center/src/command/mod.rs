//! What `doorstep-center` is told on its command line.

mod act;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use doorstep_center::{CatalogueCommand, Center};
use doorstep_records::Role;
use doorstep_sync::bundle::DEFAULT_PART;

pub(crate) use act::{
    alone, back_up, export, forget, import, look_after, look_through_log, open, restore, say, verify, verify_access,
};

/// The district end of Doorstep.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serves devices and the console.
    Serve {
        #[command(flatten)]
        data: Data,
        /// Address; without TLS a loopback address.
        #[arg(long, default_value = "127.0.0.1:8600")]
        listen: SocketAddr,
        /// Certificate chain, PEM.
        #[arg(long, requires = "tls_key")]
        tls_cert: Option<PathBuf>,
        /// Private key, PEM.
        #[arg(long, requires = "tls_cert")]
        tls_key: Option<PathBuf>,
        /// Makes a demo district in an empty data folder.
        #[arg(long)]
        demo: bool,
        /// Opens `/metrics` to whoever has this token, from any machine; without it they are for this machine alone.
        #[arg(long, env = "DOORSTEP_METRICS_TOKEN", hide_env_values = true)]
        metrics_token: Option<String>,
        /// People with an account may also sign in by this OpenID Connect provider: its issuer. It sends them back to
        /// `/api/provider/back`; the secret, if it gave one, is in DOORSTEP_OIDC_SECRET.
        #[arg(long, requires = "oidc_client")]
        oidc_issuer: Option<String>,
        /// The id under which the provider knows this center.
        #[arg(long, requires = "oidc_issuer")]
        oidc_client: Option<String>,
        /// The claim that is the name of an account here: `sub`, or one that nobody can change for themselves there.
        #[arg(long, requires = "oidc_issuer", default_value = "sub")]
        oidc_claim: String,
    },
    /// Names the district this center belongs to.
    District {
        #[command(flatten)]
        data: Data,
        /// 12-digit division, ending in 000000.
        division: String,
        /// Name.
        name: String,
    },
    /// Names the seal (审批专用章) under which the district decides; until then it is the district's name and 行政审批专用章.
    Seal {
        #[command(flatten)]
        data: Data,
        /// What stands on it.
        name: String,
    },
    /// Adds a station, or changes it.
    Station {
        #[command(flatten)]
        data: Data,
        /// 12-digit division.
        division: String,
        /// Name.
        name: String,
        /// Town name.
        #[arg(long, default_value = "")]
        town: String,
        /// Address.
        #[arg(long, default_value = "")]
        address: String,
        /// Telephone.
        #[arg(long, default_value = "")]
        telephone: String,
    },
    /// Adds somebody to a station, or gives them a new PIN; prints the PIN.
    Staff {
        #[command(flatten)]
        data: Data,
        /// The station's 12-digit division.
        division: String,
        /// Staff number, unique in the district.
        number: String,
        /// Name.
        name: String,
        /// Role.
        #[arg(long, value_parser = role_of(Role::AT_STATION), default_value = "village-clerk")]
        role: Role,
    },
    /// Adds an account of the console, or gives it a new password; prints the password.
    Account {
        #[command(flatten)]
        data: Data,
        /// What is typed to sign in.
        account: String,
        /// Name for people, unique: it stands in the record of every decision.
        name: String,
        /// Role.
        #[arg(long, value_parser = role_of(Role::AT_CENTER))]
        role: Role,
    },
    /// Forgets the second factor of somebody who lost their telephone and their codes; they set up another when they sign in.
    ForgetSecondFactor {
        #[command(flatten)]
        data: Data,
        /// What is typed to sign in.
        account: String,
    },
    /// Makes a one-time code for a new device of a station; prints it.
    EnrolmentCode {
        #[command(flatten)]
        data: Data,
        /// The station's 12-digit division.
        division: String,
        /// Name the device will have.
        #[arg(long, default_value = "")]
        label: String,
    },
    /// The catalogue of matters.
    Catalogue {
        #[command(subcommand)]
        command: CatalogueCommand,
    },
    /// Makes documents, queue and fingerprints again from the log of items.
    Rebuild {
        #[command(flatten)]
        data: Data,
    },
    /// Says that the data folder was restored from a backup: every device compares anew, and gives back what was lost.
    Restored {
        #[command(flatten)]
        data: Data,
    },
    /// Reads every page, item, table and file of a center that is stopped, and names what does not hold.
    Doctor {
        #[command(flatten)]
        data: Data,
        /// Makes again what can be made again; stations bring what they have. The former database stays beside the new one.
        #[arg(long)]
        mend: bool,
    },
    /// Writes a backup into a folder, or brings the one that lies there up to date; the center may be served meanwhile. Keep
    /// its file `keys` apart from the rest, and only ever the newest: what is forgotten here loses its key there.
    Backup {
        #[command(flatten)]
        data: Data,
        /// The folder, on another disk.
        target: PathBuf,
    },
    /// Makes a center out of a backup, in an empty data folder: devices then give back what the backup lacks.
    Restore {
        #[command(flatten)]
        data: Data,
        /// The folder of the backup, with the newest `keys` in it.
        source: PathBuf,
    },
    /// Forgets an application for ever, with its bundle: here, on devices, and with the next backup in every older one.
    /// Without an application, tells devices to forget those whose time at the stations has passed, as `serve` does once in a
    /// day by itself.
    Forget {
        #[command(flatten)]
        data: Data,
        /// Application number, or document id.
        #[arg(required_unless_present = "due")]
        application: Option<String>,
        /// Why, as it is written down.
        #[arg(long, required_unless_present_any = ["due", "on_devices"])]
        reason: Option<String>,
        /// Before the ten years have passed for which the center keeps what is closed, as when the person asks for it.
        #[arg(long)]
        now: bool,
        /// On devices alone, before its time there.
        #[arg(long, conflicts_with = "reason")]
        on_devices: bool,
        /// What is due now, on devices.
        #[arg(long, conflicts_with = "application")]
        due: bool,
    },
    /// Gives the district another key, while the center is stopped; prints the new public key. Devices learn it at their
    /// next contact. Do it once a year, and whenever somebody may have copied the data folder.
    RotateKey {
        #[command(flatten)]
        data: Data,
    },
    /// Writes what is new for a device into a folder, as parts of a bundle sealed for it.
    Export {
        #[command(flatten)]
        data: Data,
        /// Device id, hex; or a station's 12-digit division, for each of its devices.
        receiver: String,
        /// The folder, for example of a stick.
        folder: PathBuf,
        /// Bytes of a part at most, from 131072 on.
        #[arg(long, default_value_t = DEFAULT_PART)]
        part_bytes: u64,
    },
    /// Takes in a bundle from a device.
    Import {
        #[command(flatten)]
        data: Data,
        /// A part, or a folder of parts.
        path: PathBuf,
    },
    /// Prints who wrote an application, with every signature checked anew, and names the first thing that does not hold.
    Verify {
        #[command(flatten)]
        data: Data,
        /// Application number, or document id.
        application: String,
        /// Writes the same into a file, to be checked by `doorstep-verify` and the public key alone.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// The access logs: who saw what.
    Access {
        #[command(subcommand)]
        command: AccessCommand,
    },
    /// Prints the district's public key, hex.
    Key {
        #[command(flatten)]
        data: Data,
    },
    /// Prints the description of the API.
    Openapi,
}

#[derive(clap::Args)]
pub(crate) struct Data {
    /// Folder of the center's data.
    #[arg(long, env = "DOORSTEP_CENTER_DATA")]
    pub(crate) data: PathBuf,
}

#[derive(Subcommand)]
pub(crate) enum AccessCommand {
    /// Checks every access log: what is missing, what was altered, and which device has stopped keeping one.
    Verify {
        #[command(flatten)]
        data: Data,
    },
    /// Prints who saw an application, when and why.
    Seen {
        #[command(flatten)]
        data: Data,
        /// Application number, or document id.
        application: String,
    },
}

/// Takes these roles, spelt as on command lines: `village-clerk`.
pub(crate) fn role_of<const N: usize>(roles: [Role; N]) -> impl Fn(&str) -> Result<Role, String> + Clone {
    let spelt = |role: Role| role.word().replace('_', "-");
    let known = roles.map(spelt).join(", ");
    move |text| {
        let role = roles.into_iter().find(|role| spelt(*role) == text);
        role.ok_or_else(|| format!("one of: {known}"))
    }
}

impl Data {
    pub(crate) fn open(&self, tls: bool) -> anyhow::Result<Center> {
        open(&self.data, tls)
    }
}
