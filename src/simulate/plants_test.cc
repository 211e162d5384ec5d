#include "simulate/plants.h"

#include <gmock/gmock.h>

#include "simulate/simulator_for_test.h"

namespace loadstone::simulate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const auto kId = std::make_shared<const std::string>("\"m1\"");
const auto kName = std::make_shared<const std::string>("a \"client\"");

TEST(Plants, NameMessageAndClient) {
  Plants plants;
  plants.add(Plant{"/ws", Fault::kDrop, 7, kId, 3, kName});
  plants.add(Plant{"/ws", Fault::kClose, 8, nullptr, 4, nullptr});
  plants.add(Plant{"/ws", Fault::kRefuse, 9, nullptr, 0, nullptr});
  const std::string json = plants.plants_json(10);
  EXPECT_EQ(field(json, {"plants"}),
            R"([{"route":"/ws","kind":"drop","message":7,"id":"m1","client":3,"name":"a \"client\""},)"
            R"({"route":"/ws","kind":"close","message":8,"id":null,"client":4,"name":null},)"
            R"({"route":"/ws","kind":"refuse","message":9,"id":null,"client":null,"name":null}])");
  EXPECT_EQ(number(json, {"counts", "drop"}), 1);
  EXPECT_EQ(number(json, {"counts", "refuse"}), 1);
  EXPECT_EQ(number(json, {"counts", "swap"}), 0);
  EXPECT_THAT(plants.plants_json(1), Not(HasSubstr(R"("kind":"close")")));
  plants.reset();
  EXPECT_EQ(field(plants.plants_json(10), {"plants"}), "[]");
}

TEST(Plants, KeepTheLastAndSayHowManyWereDropped) {
  Plants plants;
  for (std::uint64_t i = 1; i <= Plants::kKept + 5; ++i) plants.add(Plant{"/ws", Fault::kSwap, i, nullptr, 0, nullptr});
  const std::string json = plants.plants_json(1);
  EXPECT_EQ(number(json, {"dropped"}), 5);
  EXPECT_EQ(number(json, {"counts", "swap"}), static_cast<std::int64_t>(Plants::kKept) + 5);
  EXPECT_THAT(json, HasSubstr(R"("message":500005,)"));
}

TEST(Plants, KnowWhoWasThereForWhat) {
  Plants plants;
  plants.add(Stay{"/a", 0, kName, 0, std::nullopt});
  plants.add(Stay{"/b", 0, nullptr, 1, std::nullopt});
  plants.add(Stay{"/a", 1, nullptr, 2, std::nullopt});
  plants.leave("/a", 1, 5);
  plants.leave("/a", 1, 9);   // the first counts
  plants.leave("/a", 17, 9);  // nobody
  EXPECT_EQ(field(plants.stays_json(10), {"clients"}),
            R"([{"route":"/a","client":0,"name":"a \"client\"","since":0,"until":null},)"
            R"({"route":"/a","client":1,"name":null,"since":2,"until":5},)"
            R"({"route":"/b","client":0,"name":null,"since":1,"until":null}])");
  for (std::uint64_t i = 2; i < Plants::kKeptStays + 3; ++i) plants.add(Stay{"/a", i, nullptr, i, std::nullopt});
  plants.leave("/a", 2, 7);  // forgotten
  plants.leave("/a", Plants::kKeptStays + 2, 8);
  EXPECT_EQ(number(plants.stays_json(1), {"dropped"}), 3);
  EXPECT_THAT(plants.stays_json(1), HasSubstr(R"("client":100002,"name":null,"since":100002,"until":8})"));
}

}  // namespace
}  // namespace loadstone::simulate
