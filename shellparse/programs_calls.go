package shellparse

import (
	"strings"
)

// codeCalls says what the calls of the common languages do with their literal
// arguments, by their name or the last part of it: sh runs shell text or an
// argv, eval runs text of the same language, open opens a file as its mode
// says, u contacts a peer, d deletes, w writes, mv copies or moves, r reads.
var codeCalls = make(map[string]string, 256)

func init() {
	for _, row := range codeCallTable {
		for _, n := range strings.Fields(row[1]) {
			codeCalls[n] = row[0]
		}
	}
}

var codeCallTable = [][2]string{
	{"sh", `
		system popen popen2 popen3 popen2e execSync exec shell_exec passthru proc_open getoutput getstatusoutput
		check_output check_call call run Popen spawn spawnSync execFile execFileSync execl execlp execle execv execvp
		execve execvpe spawnl spawnlp spawnv spawnvp spawnve posix_spawn posix_spawnp execute capture2 capture2e
		capture3 pipeline create_subprocess_shell create_subprocess_exec fork_exec start Command ProcessBuilder shell
		pcntl_exec syscall shell-command call-process-shell-command start-process-shell-command call-process start-
		process async-shell-command Exec ForkExec StartProcess`},
	{"eval", `
		eval compile Function runInThisContext runInNewContext loadstring load instance_eval class_eval assert
		create_function runpy`},
	{"open", `
		open fopen File.open io.open open_text sysopen openSync OpenFile`},
	{"u", `
		urlopen urlretrieve get post put request fetch Request connect create_connection createConnection fsockopen
		URI.open open-uri curl_init getstore TCPSocket socket_connect Dial httpGet createServer bind inet_aton
		sockaddr_in sockaddr pfsockopen stream_socket_client socket_create getServerSocket IO::Socket::INET Net.HTTP
		download urlget Socket ServerSocket TcpClient TCPServer HTTPConnection`},
	{"d", `
		unlink unlinkSync rmSync rmdirSync rmtree remove removeSync rmdir removedirs rm_rf rm_r rm_f rm remove_dir_all
		remove_file remove_tree delete delete-file delete-directory File.delete emptyDirSync RemoveAll Remove
		remove_entry_secure`},
	{"w", `
		write-region write-file append-to-file writeFile writeFileSync appendFile appendFileSync createWriteStream
		file_put_contents write_text write_bytes File.write IO.write binwrite WriteFile Create FileWriter truncate
		truncateSync chmod chmodSync chown lchown makedirs mkdir_p symlink symlinkSync link mkfifo`},
	{"mv", `
		rename renameSync move copy cp cpSync copyFile copy_file copytree cp_r File.rename mv copy_stream`},
	{"r", `
		insert-file-contents find-file load-file readFile readFileSync createReadStream file_get_contents readfile
		file read_text read_bytes slurp File.read IO.read IO.readlines readlines foreach File.readlines io.lines lines
		copyFileSync copyfile copy2 Path ReadFile readlink FileReader Scanner loadtxt read_csv IO.binread binread
		dofile require_once include include_once`},
}

// printCalls print their arguments, most with a newline.
var printCalls = map[string]bool{"print": true, "puts": true, "console.log": true, "echo": true, "say": true, "io.write": true, "process.stdout.write": true}

// pathMethods are those of objects that stand for a file.
var pathMethods = map[string]bool{"unlink": true, "rmdir": true, "rmtree": true, "write_text": true, "write_bytes": true, "read_text": true, "read_bytes": true, "chmod": true, "touch": true, "delete": true}

// roleOf is what a call of this name does.
func (s *codeScan) roleOf(name string) string {
	if r := s.alias[name]; r != "" {
		return r
	}
	if s.lang == "python" && (name == "exec" || name == "compile") {
		return "eval"
	}
	if r := codeCalls[name]; r != "" {
		return r
	}
	name = strings.ReplaceAll(strings.ReplaceAll(name, "::", "."), "->", ".")
	parts := strings.Split(name, ".")
	last := parts[len(parts)-1]
	if len(parts) > 1 {
		if r := codeCalls[parts[len(parts)-2]+"."+last]; r != "" {
			return r
		}
	}
	r := codeCalls[last]
	if r == "" && len(parts) > 1 && (last == "new" || last == "open" || last == "connect") {
		r = codeCalls[parts[len(parts)-2]]
	}
	if r == "u" && len(parts) == 1 && !s.method && last != "urlopen" && last != "urlretrieve" && last != "fetch" && last != "fsockopen" && last != "get" && last != "getstore" && last != "TCPSocket" && last != "curl_init" {
		return ""
	}
	return r
}
