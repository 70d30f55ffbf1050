//! A browser that opened the printed address, without a network.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use lineup_web::{Access, WebOptions, router};
use tower::ServiceExt;

use crate::sample::{SampleImports, SampleLineup};

pub(crate) const HOST: &str = "127.0.0.1:8420";
pub(crate) const ORIGIN: &str = "http://127.0.0.1:8420";

/// A server, and the browser that opened its printed address.
pub(crate) struct Browser {
    pub(crate) router: Router,
    pub(crate) cookie: String,
    pub(crate) imports: Arc<SampleImports>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Browser {
    pub(crate) async fn new(imports: SampleImports) -> Self {
        Self::with(SampleLineup::weekend(), imports).await
    }

    pub(crate) async fn with(lineup: SampleLineup, imports: SampleImports) -> Self {
        Self::with_options(lineup, imports, WebOptions::default()).await
    }

    pub(crate) async fn with_options(
        lineup: SampleLineup,
        imports: SampleImports,
        options: WebOptions,
    ) -> Self {
        let access = Access::new(8420);
        let target = access.address().strip_prefix(ORIGIN).unwrap().to_owned();
        let imports = Arc::new(imports);
        let router = router(Arc::new(lineup), imports.clone(), access, options).unwrap();
        let mut browser = Self { router, cookie: String::new(), imports };
        let welcome = browser.get(&target).await;
        let cookie = welcome.headers["set-cookie"].to_str().unwrap();
        browser.cookie = cookie.split(';').next().unwrap().to_owned();
        browser
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        let request = Request::get(target).header("host", HOST).header("cookie", &self.cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// The token of the forms, as a page has it.
    pub(crate) async fn form_token(&self) -> String {
        let page = self.get("/file").await.text;
        page.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    pub(crate) async fn post(&self, target: &str, origin: &str, body: String) -> Answer {
        let request = Request::post(target)
            .header("host", HOST)
            .header("cookie", &self.cookie)
            .header("origin", origin);
        self.send(
            request.header("content-type", "application/x-www-form-urlencoded").body(body.into()).unwrap(),
        )
        .await
    }

    /// Chooses a file and sends the form with it.
    pub(crate) async fn drop_file(&self, token: &str, name: &str, text: &str) -> Answer {
        let body = format!(
            "--b\r\ncontent-disposition: form-data; name=\"form_token\"\r\n\r\n{token}\r\n\
             --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{text}\r\n--b--\r\n"
        );
        let request = Request::post("/check").header("host", HOST).header("cookie", &self.cookie);
        let request =
            request.header("origin", ORIGIN).header("content-type", "multipart/form-data; boundary=b");
        self.send(request.body(body.into()).unwrap()).await
    }
}

/// The value of a hidden field of a page.
pub(crate) fn hidden<'p>(page: &'p str, name: &str) -> &'p str {
    let start = format!("name=\"{name}\" value=\"");
    page.split(start.as_str())
        .nth(1)
        .unwrap_or_else(|| panic!("no {name}: {page}"))
        .split('"')
        .next()
        .unwrap()
}
