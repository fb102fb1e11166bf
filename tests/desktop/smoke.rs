//! The real window, driven by WebDriver: a device joins, an application is taken with a photograph and a signature, and
//! the center sees it. Needs a display, `WebKitWebDriver`, `tauri-driver` and the built programs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use doorstep_harness::clerk::id_number;
use doorstep_harness::picture;
use doorstep_harness::process::{Center, binary, client, free_port};
use doorstep_harness::screen::list;
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

/// How long anything on the screen may take; debug builds on a busy machine are slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// `tauri-driver`, stopped when dropped.
struct Driver {
    child: Child,
    url: String,
}

impl Driver {
    async fn start(data: &Path, log: &Path) -> Result<Self> {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/bin/tauri-driver");
        let program = if tools.is_file() {
            tools
        } else {
            PathBuf::from("tauri-driver")
        };
        let (port, native) = (free_port()?, free_port()?);
        let out = std::fs::File::create(log)?;
        let child = Command::new(program)
            .args(["--port", &port.to_string(), "--native-port", &native.to_string()])
            .args(["--native-driver", "/usr/bin/WebKitWebDriver"])
            .env("DOORSTEP_DATA", data)
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .context("tauri-driver: run scripts/setup.sh test")?;
        let driver = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        };
        let (asking, deadline) = (client(None)?, Instant::now() + PATIENCE);
        while asking.get(format!("{}/status", driver.url)).send().await.is_err() {
            ensure!(Instant::now() < deadline, "tauri-driver does not answer");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(driver)
    }

    async fn open(&self) -> Result<Client> {
        let application = json!({"application": binary("doorstep")?});
        let wanted = json!({"browserName": "wry", "tauri:options": application});
        let wanted = wanted.as_object().context("capabilities")?.clone();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        Ok(builder.capabilities(wanted).connect(&self.url).await?)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Asked, not killed: then it stops the native driver too.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// The window, in words of the screen.
struct Window<'a>(&'a Client);

impl Window<'_> {
    async fn find(&self, xpath: &str) -> Result<Element> {
        let waited = self
            .0
            .wait()
            .at_most(PATIENCE)
            .every(Duration::from_millis(100))
            .for_element(Locator::XPath(xpath))
            .await;
        waited.with_context(|| format!("not on the screen: {xpath}"))
    }

    /// Clicks what can be clicked and says `words`. Tried again while something still moves over it.
    async fn press(&self, words: &str) -> Result<()> {
        self.click(&format!(
            "//*[self::a or self::button or self::label][contains(normalize-space(.), '{words}')]"
        ))
        .await
    }

    async fn click(&self, xpath: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.find(xpath).await?;
            self.to_the_middle(&found).await?;
            match found.click().await {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() > deadline => return Err(error).context(xpath.to_owned()),
                Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    }

    /// Scrolls to where no bar lies over it.
    async fn to_the_middle(&self, element: &Element) -> Result<()> {
        let script = "arguments[0].scrollIntoView({block: 'center'})";
        self.0.execute(script, vec![serde_json::to_value(element)?]).await?;
        Ok(())
    }

    /// Types into the field with this label.
    async fn type_into(&self, label: &str, text: &str) -> Result<()> {
        let field = format!("//input[@id = //label[contains(normalize-space(.), '{label}')]/@for]");
        self.enter(&field, text).await.map(drop)
    }

    /// Types, and types again when a page that was still arriving took the focus away in the middle of it.
    async fn enter(&self, xpath: &str, text: &str) -> Result<Element> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let field = self.find(xpath).await?;
            field.send_keys(text).await?;
            if field.prop("value").await?.as_deref() == Some(text) {
                return Ok(field);
            }
            ensure!(Instant::now() < deadline, "{xpath} does not take what is typed");
            field.clear().await?;
        }
    }

    /// Answers a question and waits until it is on the disk.
    async fn answer(&self, name: &str, text: &str) -> Result<()> {
        let field = format!("//*[@data-question='{name}']//input");
        // Tab leaves the field.
        self.enter(&field, text).await?.send_keys("\u{e004}").await?;
        self.saved(name).await
    }

    async fn saved(&self, name: &str) -> Result<()> {
        self.find(&format!("//*[@data-question='{name}'][contains(., '已保存')]"))
            .await
            .map(drop)
    }

    async fn see(&self, words: &str) -> Result<()> {
        self.find(&format!("//*[contains(text(), '{words}')]")).await.map(drop)
    }
}

async fn take(window: &Window<'_>, center: &Center, folder: &Path) -> Result<()> {
    let demo = center.demo()?;
    let (place, staff) = (&demo["stations"][0], &demo["stations"][0]["staff"][0]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();

    window.type_into("区中心地址", &center.process.url).await?;
    window.type_into("启用码", &text(&place["enrolment_codes"][0])).await?;
    window.press("启用设备").await?;
    window.press(&text(&staff["name"])).await?;
    window.type_into("PIN 码", &text(&staff["pin"])).await?;
    window.press("进入").await?;
    window.see("没有待上传的").await?;

    // The catalogue comes with the first exchange.
    let deadline = Instant::now() + PATIENCE;
    loop {
        window.press("新收件").await?;
        let asked = window
            .0
            .wait()
            .at_most(Duration::from_secs(5))
            .for_element(Locator::XPath("//a[contains(., '高龄津贴')]"))
            .await;
        match asked {
            Ok(_) => break,
            Err(error) if Instant::now() > deadline => return Err(error).context("the catalogue has not come"),
            Err(_) => window.press("首页").await?,
        }
    }
    window.click("//a[contains(., '高龄津贴')]").await?;
    window.press("开始收件").await?;

    window.press("申请人本人").await?;
    window.press("下一步").await?;
    window.answer("name", "温窗前").await?;
    window.answer("id_number", &id_number("19400214", 55)).await?;
    window.answer("phone", "13900000055").await?;
    window.answer("household_address", "3组12号").await?;
    window.answer("bank_account", "6222000000000000").await?;
    window.click("(//*[@data-question='declaration']//label)[1]").await?;
    window.saved("declaration").await?;
    window.press("下一步").await?;

    let photograph = folder.join("photograph.jpg");
    std::fs::write(&photograph, picture::photograph(1_600, 1_200, 9)?)?;
    let needed = "//section[starts-with(@data-test, 'material-')][.//*[normalize-space(.)='必须'] or .//*[normalize-space(.)='已备好']]";
    window.find(needed).await?;
    let cards = window.0.find_all(Locator::XPath(needed)).await?.len();
    for card in 1..=cards {
        let card = format!("({needed})[{card}]");
        window
            .find(&format!("{card}//input[@type='file']"))
            .await?
            .send_keys(&photograph.to_string_lossy())
            .await?;
        window.find(&format!("{card}//li//img")).await?;
        window
            .click(&format!("{card}//label[contains(., '我已看过原件')]"))
            .await?;
        window
            .find(&format!("{card}[.//*[normalize-space(.)='已备好']]"))
            .await?;
    }
    window.press("下一步").await?;

    window.see("温窗前").await?;
    sign(window).await?;
    window.press("提交收件").await?;
    window.see("本回执不是受理通知书").await
}

/// Draws two strokes into the signature box with the mouse.
async fn sign(window: &Window<'_>) -> Result<()> {
    let canvas = window.find("//canvas").await?;
    window.to_the_middle(&canvas).await?;
    let to = |x, y| PointerAction::MoveToElement {
        element: canvas.clone(),
        duration: Some(Duration::from_millis(80)),
        x,
        y,
    };
    let down = || PointerAction::Down {
        button: MOUSE_BUTTON_LEFT,
    };
    let up = || PointerAction::Up {
        button: MOUSE_BUTTON_LEFT,
    };
    let mut mouse = MouseActions::new("mouse".to_owned());
    for (from, over, end) in [
        ((-80.0, -20.0), (-30.0, 25.0), (-10.0, -25.0)),
        ((20.0, -25.0), (30.0, 25.0), (80.0, 0.0)),
    ] {
        mouse = mouse
            .then(to(from.0, from.1))
            .then(down())
            .then(to(over.0, over.1))
            .then(to(end.0, end.1))
            .then(up());
    }
    Ok(window.0.perform_actions(mouse).await?)
}

async fn arrives(center: &Center) -> Result<()> {
    let console = center.sign_in("reviewer").await?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let queue = console.get("/api/cases?queue=open&limit=50").await?;
        let row = list(&queue["rows"]).find(|row| row["applicant"] == "温窗前");
        if row.is_some_and(|row| row["files"].as_u64() > Some(0) && row["files"] == row["files_verified"]) {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "the center does not see it: {queue}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a display: scripts/test.sh desktop"]
async fn an_application_taken_in_the_window_reaches_the_center() {
    let folder = tempfile::tempdir().unwrap();
    let center = Center::start(&folder.path().join("center"), free_port().unwrap())
        .await
        .unwrap();
    let log = folder.path().join("driver.log");
    let driver = Driver::start(&folder.path().join("station"), &log).await.unwrap();
    let browser = driver.open().await.unwrap();
    let mut done = take(&Window(&browser), &center, folder.path()).await;
    if done.is_ok() {
        done = arrives(&center).await;
    }
    if done.is_err() {
        // What the screen showed last says more than any error.
        if let Ok(picture) = browser.screenshot().await {
            let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/desktop-smoke.png");
            let _ = std::fs::write(place, picture);
        }
    }
    // Whatever happened, the window is closed.
    let closed = browser.close().await;
    drop(driver);
    if let Err(error) = done {
        panic!(
            "{error:#}\n(target/desktop-smoke.png shows the screen)\n{}",
            std::fs::read_to_string(&log).unwrap_or_default()
        );
    }
    closed.unwrap();
}
