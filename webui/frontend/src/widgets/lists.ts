import { ElDropdown } from 'element-plus/es/components/dropdown/index'
import { ElSelect } from 'element-plus/es/components/select/index'

/**
 * Element Plus makes the list behind every field together with the page: half the time that a page with ten fields
 * takes. Ours are made when somebody opens them. `vite.config.ts` puts these in the place of `el-select` and
 * `el-dropdown`; a list whose options stand in groups says `persistent`, or its chosen one would have no name.
 */
const whenOpened = { type: Boolean, default: false }

export const Select = { ...ElSelect, props: { ...ElSelect.props, persistent: whenOpened } }
export const Dropdown = { ...ElDropdown, props: { ...ElDropdown.props, persistent: whenOpened } }
