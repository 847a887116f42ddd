/** What can be done with the turns of a conversation: ask, ask again, reword, show another version, choose one of two. */
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { conversationsApi } from "@/shared/conversations-api";
import { notice } from "@/shared/undo";
import { answerAgain, ask, askTemporarily, askTemporarilyAgain, type Choice, whenStored } from "./ask";
import { discard, moving, NEW } from "./live";
import { refreshConversation } from "./queries";
import type { Turn } from "./turn";

export interface TurnDeeds {
  say: (question: string, parent: string | null) => void;
  again: (turn: Turn) => void;
  reword: (turn: Turn, question: string) => void;
  /** Shows the branch that a message is on. */
  show: (message: string) => void;
  /** Goes on with one of two answers. */
  choose: (turn: Turn) => void;
}

/** `id` undefined: a conversation that is not begun yet. */
export function useDeeds(id: string | undefined, choice: Choice, temporary: boolean): TurnDeeds {
  const navigate = useNavigate();

  const say = useCallback(
    async (question: string, parent: string | null, using: Choice = choice) => {
      const begun = await ask({ conversation: id, question, choice: using, parent });
      if (!begun) return;
      const [conversation, turn] = begun;
      if (conversation !== id) {
        await navigate({ to: "/c/$conversation", params: { conversation } });
        moving.set(NEW);
      }
      const stored = using.second === null ? null : await whenStored(conversation, turn);
      if (!stored || using.second === null) return;
      void navigate({
        to: "/c/$conversation",
        params: { conversation },
        search: { versus: stored.place.question ?? undefined },
        replace: true,
      });
      answerAgain(conversation, stored, { ...using, model: using.second, second: null }, false);
    },
    [id, choice, navigate],
  );

  const show = useCallback(
    async (message: string) => {
      if (!id) return;
      try {
        await conversationsApi.change(id, { leaf: message });
        await refreshConversation(id);
      } catch (error) {
        notice.set(error instanceof Error ? error.message : String(error));
      }
    },
    [id],
  );

  return useMemo(() => {
    /** As it was asked; what is not known of a turn that broke off is as it is chosen now. */
    const using = (turn: Turn): Choice => {
      const whole = turn.status === "done" || turn.status === "abstained";
      const collection = turn.collection ?? (whole ? null : choice.collection);
      return { ...choice, collection, second: null };
    };
    const instead = (turn: Turn, question: string) => {
      discard(turn.id);
      void say(question, turn.place.parent, using(turn));
    };
    if (temporary)
      return {
        say: (question) => askTemporarily(question, choice),
        again: (turn) => askTemporarilyAgain(turn, turn.question, using(turn)),
        reword: (turn, question) => askTemporarilyAgain(turn, question, using(turn)),
        show: () => undefined,
        choose: () => undefined,
      };
    return {
      say: (question, parent) => void say(question, parent),
      again: (turn) => {
        if (id && turn.place.question !== null) answerAgain(id, turn, using(turn));
        else instead(turn, turn.question);
      },
      reword: (turn, question) =>
        turn.place.question === null
          ? instead(turn, question)
          : void say(question, turn.place.parent, using(turn)),
      show,
      choose: async (turn) => {
        await show(turn.place.answer ?? "");
        void navigate({ to: ".", search: (before) => ({ ...before, versus: undefined }), replace: true });
      },
    };
  }, [id, choice, temporary, say, show, navigate]);
}
