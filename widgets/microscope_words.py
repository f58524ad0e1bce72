"""What the microscope says, in both languages: its JavaScript gets the same words."""

# Where the rule about a field stands.
SOURCES = {
    **dict.fromkeys(["FIN", "RSV1", "RSV2", "RSV3", "opcode", "MASK"], "RFC 6455 §5.2"),
    "payload length": "RFC 6455 §5.2",
    "extended payload length": "RFC 6455 §5.2",
    "masking key": "RFC 6455 §5.3",
    "payload": "RFC 6455 §5.6",
    "ping payload": "RFC 6455 §5.5.2",
    "close code": "RFC 6455 §7.4",
    "reason": "RFC 6455 §7.1.6",
    "request line": "RFC 9112 §3",
    "host": "RFC 9110 §7.2",
    "upgrade": "RFC 6455 §4.1",
    "connection": "RFC 6455 §4.1",
    "origin": "RFC 6455 §10.2",
    "sec-websocket-key": "RFC 6455 §11.3.1",
    "sec-websocket-extensions": "RFC 6455 §11.3.2",
    "sec-websocket-protocol": "RFC 6455 §11.3.4",
    "sec-websocket-version": "RFC 6455 §11.3.5",
    "header": "RFC 9110 §5",
    "empty line": "RFC 9112 §2.1",
    "after the head": "RFC 6455 §4.1",
}

_RSV = (
    "Kept for extensions: 0 as long as none uses it.",
    "Để dành cho phần mở rộng: là 0 khi không có phần mở rộng nào dùng.",
)
# What a field is, in English and in Vietnamese.
ABOUT = {
    "FIN": (
        "1: the message ends with this frame. 0: more fragments follow.",
        "1: thông điệp kết thúc ở khung này. 0: còn mảnh theo sau.",
    ),
    "RSV1": (
        "Kept for extensions: permessage-deflate sets it on a compressed message.",
        "Để dành cho phần mở rộng: permessage-deflate bật nó ở thông điệp đã nén.",
    ),
    "RSV2": _RSV,
    "RSV3": _RSV,
    "opcode": (
        "What the frame is: 0 continuation, 1 text, 2 binary, 8 close, 9 ping, "
        "10 pong. All others are reserved.",
        "Khung là gì: 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. "
        "Các giá trị còn lại chưa được dùng.",
    ),
    "MASK": (
        "1: the payload is masked, and a masking key follows. A client must mask, "
        "a server must not.",
        "1: payload có mặt nạ, khóa mặt nạ đi kèm. Máy khách bắt buộc dùng mặt nạ, "
        "máy chủ thì không được dùng.",
    ),
    "payload length": (
        "Up to 125 it is the length. 126: the length is in the next 2 bytes. "
        "127: in the next 8.",
        "Đến 125 thì đó là độ dài. 126: độ dài nằm ở 2 byte kế tiếp. 127: ở 8 byte "
        "kế tiếp.",
    ),
    "extended payload length": (
        "The length of a longer payload, in the shortest form that can hold it.",
        "Độ dài của payload dài hơn, viết ở dạng ngắn nhất còn chứa được nó.",
    ),
    "masking key": (
        "Four random bytes, new in every frame. Each byte of the payload is XORed "
        "with one of them in turn.",
        "Bốn byte ngẫu nhiên, mỗi khung một khóa mới. Từng byte payload được XOR lần "
        "lượt với các byte này.",
    ),
    "payload": (
        "What the application sent. The mask is taken off here.",
        "Thứ ứng dụng gửi đi. Ở đây mặt nạ đã được gỡ.",
    ),
    "ping payload": (
        "What a pong must bring back unchanged.",
        "Thứ mà pong phải mang trả lại nguyên vẹn.",
    ),
    "close code": (
        "Two bytes that say why the connection ends.",
        "Hai byte cho biết vì sao kết nối kết thúc.",
    ),
    "reason": (
        "Up to 123 bytes of UTF-8, for a person to read.",
        "Tối đa 123 byte UTF-8, để người đọc.",
    ),
    "request line": (
        "Method, target, version, with one space in between. A WebSocket opens "
        "with GET.",
        "Phương thức, đích, phiên bản, cách nhau đúng một dấu cách. WebSocket mở đầu "
        "bằng GET.",
    ),
    "host": (
        "Which server is meant: one address can serve many.",
        "Yêu cầu dành cho máy chủ nào: một địa chỉ có thể phục vụ nhiều tên.",
    ),
    "upgrade": (
        "The protocol that the client wants to speak from here on.",
        "Giao thức mà máy khách muốn nói từ đây trở đi.",
    ),
    "connection": (
        "Headers that concern this hop only; Upgrade has to be among them.",
        "Các header chỉ dành cho chặng này; phải có Upgrade trong số đó.",
    ),
    "origin": (
        "The page that opens the connection. Browsers always send it.",
        "Trang web mở kết nối. Trình duyệt luôn gửi header này.",
    ),
    "sec-websocket-key": (
        "16 random bytes in Base64. The answer proves that the server has read them.",
        "16 byte ngẫu nhiên viết bằng Base64. Câu trả lời chứng tỏ máy chủ đã đọc "
        "chúng.",
    ),
    "sec-websocket-extensions": (
        "Extensions that the client can use.",
        "Những phần mở rộng mà máy khách dùng được.",
    ),
    "sec-websocket-protocol": (
        "Subprotocols that the client speaks, the one it likes best first.",
        "Những giao thức con mà máy khách biết, cái ưa nhất đứng đầu.",
    ),
    "sec-websocket-version": (
        "13 is the version that RFC 6455 describes.",
        "13 là phiên bản mà RFC 6455 mô tả.",
    ),
    "header": (
        "A name, a colon, a value. The handshake does not need this one.",
        "Tên, dấu hai chấm, giá trị. Lượt bắt tay không cần đến header này.",
    ),
    "empty line": (
        "Ends the head; the server waits until it has come.",
        "Kết thúc phần đầu; máy chủ chờ đến khi nhận được nó.",
    ),
    "after the head": (
        "Read as frames when the answer is 101.",
        "Được đọc như khung nếu câu trả lời là 101.",
    ),
}

# What a receiver does. {n}: the number; {b}: as many bytes; {t}: the text.
VERDICTS = {
    "en": {
        "server": "The server",
        "client": "The client",
        "one": "{n} byte",
        "many": "{n} bytes",
        "status": "answers {n} {t}",
        "text": "hands the text “{t}” to the application",
        "binary": "hands {b} to the application",
        "fragment": "keeps a fragment of {b} and waits for the rest of the message",
        "ping": "answers with a pong of {b}",
        "pong": "takes a pong of {b} and says nothing",
        "goodbye": "answers the close {n} with the same code and ends the connection",
        "bare": "answers the close, which has no code, and ends the connection",
        "close": "closes with {n}",
        "wait": "waits for at least {b} more",
        "waitHead": "waits for the empty line that ends the head",
        "unread": "never reads the next {b}",
    },
    "vi": {
        "server": "Máy chủ",
        "client": "Máy khách",
        "one": "{n} byte",
        "many": "{n} byte",
        "status": "trả lời {n} {t}",
        "text": "trao văn bản “{t}” cho ứng dụng",
        "binary": "trao {b} cho ứng dụng",
        "fragment": "giữ lại một mảnh {b} và chờ phần còn lại của thông điệp",
        "ping": "đáp lại bằng pong {b}",
        "pong": "nhận pong {b} và không đáp gì",
        "goodbye": "đáp lại khung close bằng đúng mã {n} rồi kết thúc kết nối",
        "bare": "đáp lại khung close không có mã rồi kết thúc kết nối",
        "close": "đóng kết nối với mã {n}",
        "wait": "chờ thêm ít nhất {b}",
        "waitHead": "chờ dòng trống kết thúc phần đầu",
        "unread": "không bao giờ đọc {b} tiếp theo",
    },
}

# The receiver's own sentences, for a Vietnamese reader; {} is what it found.
SENTENCES = {
    "Opcode {} is reserved.": "Opcode {} chưa được dùng cho loại khung nào.",
    "A control frame is whole and has at most 125 bytes.": "Khung điều khiển phải "
    "nguyên vẹn và dài tối đa 125 byte.",
    "The length is not written in its shortest form.": "Độ dài không được viết ở dạng "
    "ngắn nhất.",
    "{} bytes in a frame; {} may be.": "Khung có {} byte; chỉ được tối đa {} byte.",
    "RSV is set and no extension uses it.": "Có bit RSV được bật mà không phần mở rộng "
    "nào dùng nó.",
    "A client masks, a server does not.": "Máy khách phải dùng mặt nạ, máy chủ thì "
    "không.",
    "A fragment stands where none may stand.": "Có một mảnh đứng ở chỗ không được có "
    "mảnh.",
    "The text is not UTF-8.": "Văn bản không phải UTF-8.",
    "This close code may not travel.": "Mã đóng này không được phép đi trên dây.",
    "The reason is not UTF-8.": "Lý do đóng không phải UTF-8.",
    "The head is longer than {} bytes: send fewer headers.": "Phần đầu dài hơn {} "
    "byte: hãy gửi ít header hơn.",
    "More than {} headers: send fewer.": "Nhiều hơn {} header: hãy gửi ít hơn.",
    "A header line has no colon.": "Có một dòng header không có dấu hai chấm.",
    "A header's name has a space or another character it may not have.": "Tên một "
    "header có dấu cách hoặc một ký tự không được phép.",
    "{} holds a control character.": "{} chứa ký tự điều khiển.",
    "The first line is not METHOD, one space, target, one space, version.": "Dòng đầu "
    "không có dạng: phương thức, một dấu cách, đích, một dấu cách, phiên bản.",
    "The method has a character no method may have.": "Phương thức có một ký tự không "
    "được phép.",
    "The target has a character that must be escaped.": "Đích có một ký tự phải viết ở "
    "dạng mã hóa %.",
    "The version is not written HTTP/1.1.": "Phiên bản không được viết là HTTP/1.1.",
    "This server speaks HTTP/1.1.": "Máy chủ này nói HTTP/1.1.",
    "Host is missing: which server do you mean?": "Thiếu Host: bạn muốn gặp máy chủ "
    "nào?",
    "{} stands {} times, not once.": "{} xuất hiện {} lần chứ không phải một lần.",
    "A WebSocket opens with GET, not {}.": "WebSocket mở đầu bằng GET, không phải {}.",
    "This is a WebSocket server: send Upgrade: websocket and Connection: Upgrade.": "Đây "  # noqa: E501 - one sentence, one line
    "là máy chủ WebSocket: hãy gửi Upgrade: websocket và Connection: Upgrade.",
    "Sec-WebSocket-Version is missing.": "Thiếu Sec-WebSocket-Version.",
    "This server speaks version {}, not {}.": "Máy chủ này nói phiên bản {}, không "
    "phải {}.",
    "Sec-WebSocket-Key is missing.": "Thiếu Sec-WebSocket-Key.",
    "Sec-WebSocket-Key is not 16 bytes in Base64.": "Sec-WebSocket-Key không phải 16 "
    "byte viết bằng Base64.",
    "Sec-WebSocket-Extensions cannot be read.": "Không đọc được "
    "Sec-WebSocket-Extensions.",
    "Sec-WebSocket-Protocol is no list of unique names.": "Sec-WebSocket-Protocol "
    "không phải danh sách tên không trùng nhau.",
}

# The heads of the snapshot's table.
HEADS = {
    "en": ["Field", "Bits", "Value", "Source"],
    "vi": ["Trường", "Bit", "Giá trị", "Nguồn"],
}
