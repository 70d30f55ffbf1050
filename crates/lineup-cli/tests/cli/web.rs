//! The pages of `lineup serve`, as a browser asks for them.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use lineup_testing::Proxy;

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
    let figures = format!("&quot;Chunk&quot;:&quot;chunk-1-of-{id}&quot;");
    assert!(chunk.contains(&figures) && chunk.contains("&quot;RowsWritten&quot;:2"), "{chunk}");

    let day = browser.get("/day/2025-07-12");
    assert!(day.contains("&lt;img src=x onerror=alert(1)&gt;") && !day.contains("<img"), "{day}");
    assert!(day.contains("01:00–02:30"), "the night belongs to the day: {day}");
    assert!(browser.get("/search/results?q=DIJON").contains("1 set"));

    let refused = browser.post(&format!("/imports/{id}/redrive"), "application/x-www-form-urlencoded", &body);
    assert!(refused.contains("409 Conflict") && refused.contains("nothing is missing"), "{refused}");
    assert!(ask(&browser.host, "GET / HTTP/1.1", "").contains("403 Forbidden"), "nobody else");
    assert_eq!(served.interrupt(), 0);
}

/// Answers DescribeStacks for a stack of the embedded services. Ends with the test.
fn cloudformation() -> String {
    let outputs = [
        ("UploadsBucket", "lineup-uploads"),
        ("ImportsBucket", "lineup-imports"),
        ("PerformancesTable", "Performances"),
        ("CalendarTable", "Calendar"),
        ("StateMachineArn", "arn:aws:states:us-east-1:000000000000:stateMachine:lineup-import"),
    ];
    let outputs: String = outputs
        .map(|(key, value)| {
            format!("<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>")
        })
        .concat();
    let body = format!(
        "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult><Stacks>\
         <member><StackName>festival</StackName><CreationTime>2025-07-12T00:00:00Z</CreationTime>\
         <StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{outputs}</Outputs></member>\
         </Stacks></DescribeStacksResult></DescribeStacksResponse>"
    );
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut request = [0; 4096];
            let _ = connection.read(&mut request);
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\nconnection: close\r\ncontent-length: {}",
                body.len()
            );
            let _ = write!(connection, "{head}\r\n\r\n{body}");
        }
    });
    endpoint
}

/// Every request that reaches the services of the stack, by its operation.
struct Recorded {
    /// Variables that lead to the services over the recorders.
    variables: Vec<(String, String)>,
    asked: Arc<Mutex<Vec<String>>>,
    _proxies: Vec<Proxy>,
}

impl Recorded {
    async fn new(served: &Served) -> Self {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let mut variables: Vec<_> = served.variables.clone().into_iter().collect();
        let mut proxies = Vec::new();
        for service in ["S3", "DYNAMODB", "SFN"] {
            let name = format!("AWS_ENDPOINT_URL_{service}");
            let proxy = Proxy::start().await;
            proxy.forward_to(&served.variables[&name]);
            let asked = Arc::clone(&asked);
            proxy.fail(move |operation| {
                asked.lock().unwrap().push(operation.to_owned());
                None
            });
            variables.push((name, proxy.endpoint().to_owned()));
            proxies.push(proxy);
        }
        variables.push(("AWS_ENDPOINT_URL_CLOUDFORMATION".to_owned(), cloudformation()));
        Self { variables, asked, _proxies: proxies }
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

/// The verbs of requests that change nothing.
const READS: [&str; 10] = [
    "GET",
    "HEAD",
    "LIST",
    "Query",
    "GetItem",
    "ListExecutions",
    "DescribeExecution",
    "GetExecutionHistory",
    "DescribeStateMachineForExecution",
    "ListMapRuns",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_stack_only_read_and_make_few_requests() {
    let lineup = Lineup::new();
    let served = Served::start(&lineup);
    let recorded = Recorded::new(&served).await;
    let file = lineup.file("fest.csv", FILE);
    let run = |args: &[&str]| {
        let mut command = lineup.command(["--stack", "festival"]);
        command.args(args).envs(recorded.variables.clone());
        command
    };
    let imported = run(&["import", file.to_str().unwrap()]).output().unwrap();
    assert_eq!(imported.status.code(), Some(3), "{}", String::from_utf8_lossy(&imported.stderr));
    let pages = Served::of(run(&["web", "--port", "0"]));
    let browser = Browser::open(&pages.web);
    recorded.take();

    let imports = browser.get("/imports");
    let address = after(&imports, "class=\"name\"><a href=\"").to_owned();
    let id = address.split(['/', '?']).nth(2).unwrap().to_owned();
    let progress = address.replace('?', "/progress?").replace("&amp;", "&");
    recorded.take();
    let import = browser.get(&progress);
    let of_a_look = recorded.take();
    assert!(import.contains("PARTIAL") && import.contains("data-seconds=\"5\""), "{import}");
    assert!(of_a_look.len() <= REQUESTS_OF_A_LOOK, "RUNBOOK.md says how many an hour: {of_a_look:#?}");
    assert!(
        import.contains(&format!("lineup --stack festival rerun {id}")) || !import.contains("/rerun\""),
        "{import}"
    );

    recorded.take();
    assert!(browser.get("/day/2025-07-12").contains("Night Garden"));
    let queries = recorded.take().iter().filter(|asked| *asked == "Query").count();
    let (stages, calendar) = (2, 3);
    assert!(queries <= 2 * stages + calendar, "two requests a stage, and those of the calendar: {queries}");
    for target in ["/", "/day/2025-07-12", "/search?q=dijon", "/lineups", "/lineup?name=fest.csv"] {
        assert!(browser.get(target).contains("200 OK"), "{target}");
    }
    let chunk = browser.get(&format!("/imports/{id}/chunks/1"));
    assert!(chunk.contains("Chunk 1, loaded") && chunk.contains("ChunkDone"), "it has its log: {chunk}");
    assert!(
        chunk.contains("aws logs filter-log-events --log-group-name /aws/lambda/festival-load"),
        "{chunk}"
    );
    assert!(chunk.contains(&format!("chunk-1-of-{id}")), "{chunk}");
    let set = browser.get("/set?name=Honey%20Dijon&stage=Night%20Garden&date=2025-07-13&start=01:00");
    assert!(set.contains("line 3") && set.contains("fest.csv"), "{set}");
    let verbs: BTreeSet<String> =
        recorded.take().iter().map(|asked| asked.split(' ').next().unwrap().to_owned()).collect();
    assert!(verbs.iter().all(|verb| READS.contains(&verb.as_str())), "{verbs:?}");

    let token = after(&browser.get("/file"), "name=\"form_token\" value=\"").to_owned();
    let form = format!("form_token={token}");
    for target in [format!("/imports/{id}/redrive"), format!("/imports/{id}/rerun"), "/import".to_owned()] {
        let refused = browser.post(&target, "application/x-www-form-urlencoded", &form);
        assert!(refused.contains("403 Forbidden") && refused.contains("--allow-changes"), "{refused}");
    }
    assert_eq!(pages.interrupt(), 0);

    let pages = Served::of(run(&["web", "--port", "0", "--allow-changes"]));
    let browser = Browser::open(&pages.web);
    let token = after(&browser.get("/file"), "name=\"form_token\" value=\"").to_owned();
    let form = format!("form_token={token}&chunk=1");
    let started = browser.post(&format!("/imports/{id}/rerun"), "application/x-www-form-urlencoded", &form);
    assert!(started.contains("303 See Other"), "{started}");
    served.ended(2).await;
    assert_eq!(pages.interrupt(), 0);
}

/// A page of an import that goes on looks every 5 seconds: RUNBOOK.md says how many requests that is an hour.
const REQUESTS_OF_A_LOOK: usize = 12;

#[test]
fn pages_of_a_stack_need_a_stack_and_a_port_that_is_free() {
    let lineup = Lineup::new();
    let without = lineup.run(["web"]).failed(2);
    assert!(without.contains("--stack") && without.contains("lineup serve"), "{without}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = lineup.run(["serve", "--aws-port", "0", "--port", &port]).failed(1);
    assert!(refused.contains(&port) && refused.contains("--port"), "{refused}");
    let refused = lineup.run(["serve", "--port", "0", "--aws-port", &port]).failed(1);
    assert!(refused.contains(&port) && refused.contains("--aws-port"), "{refused}");
}
