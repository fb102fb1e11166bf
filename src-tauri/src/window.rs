//! The one window: our own pages, the camera, the place when a button is pressed for it, and nothing else.

use std::path::Path;

use tauri::{
    App, Runtime, Url, WebviewWindow, WebviewWindowBuilder,
    webview::{PermissionKind, PermissionResponse},
};

/// Opens the window that `tauri.conf.json` describes; what the web view itself must keep lies below `folder`.
///
/// # Errors
/// When the configuration has no window, or the web view cannot start.
pub fn open<R: Runtime>(app: &App<R>, folder: &Path) -> anyhow::Result<WebviewWindow<R>> {
    let config = app
        .config()
        .app
        .windows
        .first()
        .ok_or_else(|| anyhow::anyhow!("tauri.conf.json names no window"))?;
    let window = WebviewWindowBuilder::from_config(app, config)?
        // A page that leads elsewhere would inherit the camera and the command.
        .on_navigation(ours)
        .data_directory(folder.join("webview"))
        // The web view keeps no cache and no storage of its own: what was typed lies in the station's encrypted
        // store only. A driven web view (WebDriver) cannot be private, and holds invented people only.
        .incognito(std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_none())
        .build()?;
    #[cfg(target_os = "linux")]
    window.with_webview(|view| {
        use webkit2gtk::{SettingsExt, WebViewExt};
        // Without it WebKitGTK hides `navigator.mediaDevices` from the page.
        if let Some(settings) = view.inner().settings() {
            settings.set_enable_media_stream(true);
        }
    })?;
    Ok(window)
}

/// The answer to a page that asks for a device: the camera and the place for our own pages, nothing for anyone else.
#[must_use]
pub fn permit(origin: Option<&Url>, kind: PermissionKind) -> PermissionResponse {
    match (kind, origin) {
        // Android asks the person itself; elsewhere pressing 拍照 or 取当前位置 was the question.
        (PermissionKind::Camera | PermissionKind::Geolocation, Some(url)) if ours(url) => {
            if cfg!(target_os = "android") {
                PermissionResponse::Default
            } else {
                PermissionResponse::Allow
            }
        }
        _ => PermissionResponse::Deny,
    }
}

/// Whether `url` is one of the pages embedded in the app: `tauri://localhost`, or `http(s)://tauri.localhost` where the
/// web view knows no schemes of our own (Windows, Android).
fn ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => url.host_str() == Some("tauri.localhost") && url.port().is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn allowed(url: &str, kind: PermissionKind) -> bool {
        matches!(permit(Some(&url.parse().unwrap()), kind), PermissionResponse::Allow)
    }

    #[test]
    fn our_pages_may_use_the_camera_and_the_place_and_nothing_else() {
        assert!(allowed("tauri://localhost/apply", PermissionKind::Camera));
        assert!(allowed("http://tauri.localhost/", PermissionKind::Camera));
        assert!(!allowed("tauri://localhost/", PermissionKind::Microphone));
        assert!(allowed("tauri://localhost/apply", PermissionKind::Geolocation));
        assert!(!allowed("tauri://localhost/", PermissionKind::DisplayCapture));
    }

    #[test]
    fn other_pages_get_nothing() {
        for url in [
            "https://example.org/",
            "http://localhost/",
            "http://tauri.localhost.example.org/",
            "http://tauri.localhost:81/",
            "file:///etc/passwd",
        ] {
            assert!(!allowed(url, PermissionKind::Camera), "{url}");
            assert!(!ours(&url.parse().unwrap()), "{url}");
        }
        assert!(matches!(permit(None, PermissionKind::Camera), PermissionResponse::Deny));
    }
}
