-- Drives `rls lsp` from Neovim with the plugin of editors/nvim; scripts/editors/check starts it.

local function ask(method, row, column)
  vim.api.nvim_win_set_cursor(0, { row, column })
  local answers = vim.lsp.buf_request_sync(0, "textDocument/" .. method, vim.lsp.util.make_position_params(), 30000)
  for _, answer in pairs(answers or {}) do return answer.result end
end

local function colour(row, column)
  return vim.fn.synIDattr(vim.fn.synID(row, column, 1), "name")
end

local function check()
  vim.cmd("edit " .. vim.fn.fnameescape(vim.env.RLS_CHECK_FILE))
  assert(vim.bo.filetype == "rls", "the file type is " .. vim.bo.filetype)
  assert(vim.wait(30000, function() return #vim.diagnostic.get(0) > 0 end, 20), "no diagnostics came")
  local found = vim.diagnostic.get(0)[1]
  assert(found.lnum == 2 and found.col == 6 and found.message:find("unknown name `sapoo`"), vim.inspect(found))
  assert(ask("hover", 2, 4).contents.value:find("fn twice(x)", 1, true), "no help")
  assert(ask("definition", 2, 4).range.start.character == 3, "no definition")
  assert(colour(1, 1) == "rlsFunction" and colour(2, 11) == "rlsNumber", "no colours")
  assert(colour(4, 1) == "" and colour(4, 7) == "rlsText" and colour(4, 10) ~= "rlsText", "no code in texts")
  vim.api.nvim_buf_set_lines(0, 2, 3, false, { "print 2*y" })
  assert(vim.wait(30000, function() return #vim.diagnostic.get(0) == 0 end, 20), "the diagnostics stay")
  ;(vim.lsp.buf.formatting_sync or vim.lsp.buf.format)(nil, 30000)
  assert(vim.api.nvim_buf_get_lines(0, 2, 3, false)[1] == "print 2 * y", "not formatted")
end

local ok, problem = pcall(check)
if not ok then
  io.stderr:write("Neovim: " .. tostring(problem) .. "\n")
  vim.cmd("cquit")
end
io.stdout:write("Neovim shows what rls lsp says\n")
vim.cmd("qall!")
