import { infiniteQueryOptions } from "@tanstack/react-query";
import { api } from "@/shared/api";
import type { ReviewItem, ReviewPage } from "@/shared/types";

export function reviewQuery(status: ReviewItem["status"]) {
  return infiniteQueryOptions({
    queryKey: ["review", status],
    queryFn: ({ pageParam, signal }) => api.review(status, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page: ReviewPage) => page.next ?? undefined,
    select: ({ pages }) => pages.flatMap(({ data }) => data),
  });
}
