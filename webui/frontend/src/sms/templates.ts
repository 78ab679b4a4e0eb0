/** Stands in a template for the customer's name. */
export const NAME_MARK = '〔姓名〕'
