//! The pages of `lineup serve`, as a browser asks for them.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::command::Lineup;
use crate::command::served::Served;

/// Sends a request and reads the answer to its end.
fn ask(host: &str, head: &str, body: &str) -> String {
    let mut connection = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(
        connection,
        "{head}\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// A browser that opened the printed address.
struct Browser {
    host: String,
    cookie: String,
}

impl Browser {
    fn open(address: &str) -> Self {
        let (host, target) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let welcome = ask(host, &format!("GET /{target} HTTP/1.1"), "");
        let cookie = welcome.split("set-cookie: ").nth(1).unwrap_or_else(|| panic!("{welcome}"));
        Self { host: host.to_owned(), cookie: cookie.split(';').next().unwrap().to_owned() }
    }

    fn get(&self, target: &str) -> String {
        ask(&self.host, &format!("GET {target} HTTP/1.1\r\ncookie: {}", self.cookie), "")
    }

    fn post(&self, target: &str, content_type: &str, body: &str) -> String {
        let Self { host, cookie } = self;
        let head = format!(
            "POST {target} HTTP/1.1\r\ncookie: {cookie}\r\norigin: http://{host}\r\ncontent-type: {content_type}"
        );
        ask(host, &head, body)
    }
}

/// The value after some text of a page, up to the next quote.
fn after<'p>(page: &'p str, text: &str) -> &'p str {
    page.split(text).nth(1).unwrap_or_else(|| panic!("no {text}: {page}")).split('"').next().unwrap()
}

const FILE: &str = "Performer,Stage,Start,End,Date\n\
    <img src=x onerror=alert(1)>,Main Stage,20:00,21:30,2025-07-12\n\
    Honey Dijon,Night Garden,01:00,02:30,2025-07-13\n\
    Nobody,Main Stage,late,21:00,2025-07-12\n";

#[tokio::test]
async fn the_printed_page_checks_and_imports_a_file_and_shows_it() {
    let lineup = Lineup::new();
    let served = Served::start(&lineup);
    let browser = Browser::open(&served.web);
    let page = browser.get("/");
    assert!(page.contains("No sets yet"), "{page}");

    let token = after(&page, "name=\"form_token\" value=\"").to_owned();
    let form = format!(
        "--b\r\ncontent-disposition: form-data; name=\"form_token\"\r\n\r\n{token}\r\n--b\r\n\
         content-disposition: form-data; name=\"file\"; filename=\"fest.csv\"\r\n\r\n{FILE}\r\n--b--\r\n"
    );
    let checked = browser.post("/check", "multipart/form-data; boundary=b", &form);
    assert!(checked.contains("fest.csv can be imported") && checked.contains("1 rejected"), "{checked}");
    let draft = after(&checked, "name=\"draft\" value=\"");
    let body = format!("form_token={token}&draft={draft}");
    let imported = browser.post("/import", "application/x-www-form-urlencoded", &body);
    let address = imported.split("location: ").nth(1).unwrap_or_else(|| panic!("{imported}"));
    let address = address.lines().next().unwrap().trim().to_owned();
    served.ended(1).await;

    let import = browser.get(&address);
    for text in ["PARTIAL", "NotifySuccess, Task: passed", "1 chunk: 1 loaded", "1 rejected row", "fest.csv"]
    {
        assert!(import.contains(text), "{text}: {import}");
    }
    assert!(browser.get("/imports").contains(&address), "the list leads there");
    let id = address.split(['/', '?']).nth(2).unwrap();
    let fix = browser.get(&format!("/imports/{id}/fix.csv"));
    assert!(
        fix.ends_with("Performer,Stage,Start,End,Date\nNobody,Main Stage,late,21:00,2025-07-12\n"),
        "{fix}"
    );
    let chunk = browser.get(&format!("/imports/{id}/chunks/1"));
    assert!(chunk.contains("Chunk 1, loaded"), "{chunk}");

    let day = browser.get("/day/2025-07-12");
    assert!(day.contains("&lt;img src=x onerror=alert(1)&gt;") && !day.contains("<img"), "{day}");
    assert!(day.contains("01:00–02:30"), "the night belongs to the day: {day}");
    assert!(browser.get("/search/results?q=DIJON").contains("1 set"));

    let refused = browser.post(&format!("/imports/{id}/redrive"), "application/x-www-form-urlencoded", &body);
    assert!(refused.contains("409 Conflict") && refused.contains("nothing is missing"), "{refused}");
    assert!(ask(&browser.host, "GET / HTTP/1.1", "").contains("403 Forbidden"), "nobody else");
    assert_eq!(served.interrupt(), 0);
}
