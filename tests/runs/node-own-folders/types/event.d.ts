export interface Event { page: string }
