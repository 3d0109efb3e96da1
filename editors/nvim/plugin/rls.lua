-- Programs of rls in Neovim 0.7 or later: colours, and `rls lsp` behind diagnostics, help, completion, definitions and
-- formatting. `rls` has to be on the path, or `vim.g.rls_path` says where it is.

local group = vim.api.nvim_create_augroup("rls", {})
local client

vim.api.nvim_create_autocmd({ "BufRead", "BufNewFile" }, {
  group = group,
  pattern = "*.rls",
  callback = function() vim.bo.filetype = "rls" end,
})

vim.api.nvim_create_autocmd("FileType", {
  group = group,
  pattern = "rls",
  callback = function(event)
    vim.bo.commentstring = "# %s"
    vim.bo.shiftwidth = 4
    vim.bo.expandtab = true
    vim.bo.omnifunc = "v:lua.vim.lsp.omnifunc"
    -- Colours by the tree-sitter grammar where its parser is installed (Neovim 0.9), else by syntax/rls.vim.
    if vim.treesitter and vim.treesitter.start then pcall(vim.treesitter.start, event.buf, "rls") end
    if not client or not vim.lsp.get_client_by_id(client) then
      client = vim.lsp.start_client({ name = "rls", cmd = { vim.g.rls_path or "rls", "lsp" } })
    end
    if not client then return end
    vim.lsp.buf_attach_client(event.buf, client)
    local function key(keys, action) vim.keymap.set("n", keys, action, { buffer = event.buf }) end
    key("K", vim.lsp.buf.hover)
    key("gd", vim.lsp.buf.definition)
    key("gqq", vim.lsp.buf.format or vim.lsp.buf.formatting)
  end,
})
